// SPDX-License-Identifier: MIT
// Emscripten 6.0.5
// TypeScript bindings for emscripten-generated code.  Automatically generated at compile time.
interface WasmModule {}

export interface ClassHandle {
  isAliasOf(other: ClassHandle): boolean;
  delete(): void;
  deleteLater(): this;
  isDeleted(): boolean;
  // @ts-ignore - If targeting lower than ESNext, this symbol might not exist.
  [Symbol.dispose](): void;
  clone(): this;
}
export interface StatusValue<T extends number> {
  value: T;
}
export type Status =
  | StatusValue<0>
  | StatusValue<1>
  | StatusValue<2>
  | StatusValue<3>
  | StatusValue<4>
  | StatusValue<5>
  | StatusValue<6>
  | StatusValue<7>
  | StatusValue<8>
  | StatusValue<9>
  | StatusValue<10>
  | StatusValue<11>
  | StatusValue<12>
  | StatusValue<13>;

export interface Heap extends ClassHandle {
  trim(): number;
  stats(): HeapStats;
  allocate(bytes: number): number;
  allocateAligned(bytes: number, alignment: number): number;
  allocateZeroed(bytes: number): number;
  reallocate(address: number, bytes: number): number;
  deallocate(address: number): void;
  usableSize(address: number): number;
  validate(): string;
}

export interface Arena extends ClassHandle {
  readonly usedBytes: number;
  readonly capacityBytes: number;
  reset(): void;
  allocate(bytes: number, alignment: number): number;
}

export interface Pool extends ClassHandle {
  readonly liveCount: number;
  readonly capacityBytes: number;
  reset(): void;
  destroy(address: number): void;
  create(value: number): number;
}

export interface Slab extends ClassHandle {
  readonly size: number;
  readonly capacity: number;
  clear(): void;
  erase(handle: Handle): boolean;
  contains(handle: Handle): boolean;
  insert(value: number): Handle;
  valueOr(handle: Handle, otherwise: number): number;
}

export interface HandleTable extends ClassHandle {
  retain(handle: Handle): Status;
  release(handle: Handle): Status;
  retainWeak(handle: Handle): Status;
  releaseWeak(handle: Handle): Status;
  tryBorrow(handle: Handle): Status;
  tryBorrowMut(handle: Handle): Status;
  returnBorrow(handle: Handle): Status;
  returnBorrowMut(handle: Handle): Status;
  contains(handle: Handle): boolean;
  borrowState(handle: Handle): number;
  create(bytes: number): Handle;
  bytesOf(handle: Handle): number;
  strongCount(handle: Handle): number;
  weakCount(handle: Handle): number;
  stats(): HandleTableStats;
  objectOf(handle: Handle): number;
}

export type Handle = {
  index: number;
  generation: number;
};

export type HeapStats = {
  liveBlocks: number;
  liveBytes: number;
  freeBlocks: number;
  freeBytes: number;
  largestFreeBytes: number;
  reservedBytes: number;
  highWaterBytes: number;
  growthCount: number;
};

export type HandleTableStats = {
  liveCount: number;
  liveBytes: number;
  slotCount: number;
  retiredCount: number;
  tableBytes: number;
};

interface EmbindModule {
  Status: {
    Ok: StatusValue<0>;
    OutOfMemory: StatusValue<1>;
    NullHandle: StatusValue<2>;
    StaleHandle: StatusValue<3>;
    Moved: StatusValue<4>;
    Borrowed: StatusValue<5>;
    BorrowedMutably: StatusValue<6>;
    NotBorrowed: StatusValue<7>;
    CountOverflow: StatusValue<8>;
    Shared: StatusValue<9>;
    WrongType: StatusValue<10>;
    InvalidArgument: StatusValue<11>;
    Poisoned: StatusValue<12>;
    WouldBlock: StatusValue<13>;
  };
  Heap: {
    new (_0: number): Heap;
  };
  Arena: {
    new (_0: number): Arena;
  };
  Pool: {
    new (): Pool;
  };
  Slab: {
    new (): Slab;
  };
  HandleTable: {
    new (): HandleTable;
  };
}

export type MainModule = WasmModule & EmbindModule;
export default function MainModuleFactory(options?: unknown): Promise<MainModule>;
