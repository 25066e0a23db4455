// SPDX-License-Identifier: MIT
// Live bytes and linear memory over time.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { chartStyle, widthOf } from './chart.js';

const HEIGHT = 220;

/** Draws `[seconds, live, memory]` columns into a frame, for as long as the frame is there. */
export class ProfileChart {
  #chart;
  #columns = [[], [], []];

  /** @param {HTMLElement} frame */
  constructor(frame) {
    this.frame = frame;
    new ResizeObserver(() => {
      const width = widthOf(frame);
      if (this.#chart && this.#chart.width !== width)
        this.#chart.setSize({ width, height: HEIGHT });
    }).observe(frame);
  }

  /** @param {Array<{milliseconds: number, liveBytes: number, memoryBytes: number}>} moments */
  show(moments) {
    this.#columns = [
      moments.map(({ milliseconds }) => milliseconds / 1000),
      moments.map(({ liveBytes }) => liveBytes),
      moments.map(({ memoryBytes }) => memoryBytes),
    ];
    this.#chart ??= this.#make();
    this.#chart.setData(this.#columns);
  }

  repaint() {
    if (!this.#chart) return;
    this.#chart.destroy();
    this.#chart = this.#make();
  }

  #make() {
    const { colour, axis, byteAxis } = chartStyle();
    const points = { show: false };
    const live = colour('--series-live');
    return new uPlot(
      {
        width: widthOf(this.frame),
        height: HEIGHT,
        legend: { live: false },
        cursor: { points, drag: { x: true, y: false } },
        scales: { x: { time: false }, y: { range: (u, min, max) => [0, Math.max(1, max) * 1.08] } },
        axes: [{ ...axis, values: (u, ticks) => ticks.map((tick) => `${tick} s`) }, byteAxis],
        series: [
          { label: 'seconds' },
          { label: 'live data', stroke: live, fill: `${live}33`, width: 1.5, points },
          {
            label: 'linear memory',
            stroke: colour('--series-memory'),
            width: 2,
            paths: uPlot.paths.stepped({ align: 1 }),
            points,
          },
        ],
      },
      this.#columns,
      this.frame,
    );
  }
}
