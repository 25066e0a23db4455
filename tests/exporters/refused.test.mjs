// SPDX-License-Identifier: MIT
// What is no profile is refused before an exporter sees it, and the reason names the place.

import { expect, test } from '@jest/globals';
import { ProfileError, parseProfile } from '../../js/sight/profile.js';
import { sampleProfile } from './sample.mjs';

const refused = (change) => {
  const profile = structuredClone(sampleProfile().profile);
  change(profile);
  try {
    parseProfile(JSON.stringify(profile));
  } catch (error) {
    expect(error).toBeInstanceOf(ProfileError);
    return error.message;
  }
  return 'it was read';
};

test.each([
  ['frames[1]: offset is 0.5', (profile) => (profile.frames[1].offset = 0.5)],
  ['frames[2]: line is -2', (profile) => (profile.frames[2].line = -2)],
  ['frames[0]: there is no string 999', (profile) => (profile.frames[0].file = 999)],
  ['profile: liveBytes is null', (profile) => (profile.liveBytes = NaN)],
  ['its version is 99', (profile) => (profile.version = 99)],
  ['growths is not a list', (profile) => delete profile.growths],
])('%s', (reason, change) => {
  expect(refused(change)).toContain(reason);
});

test('the sample itself is read', () => {
  expect(refused(() => {})).toBe('it was read');
});
