import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Cgroup, SearchUnknown, SocketProcess } from '../../../host/processes/index.js';
import { type CgroupJson, PROCESS_UNKNOWN, type ProcessJson, type ProcessUnknown } from '../../../live/wire/index.js';

describe('processes and cgroups', () => {
  it('have the shapes that are sent', () => {
    expectTypeOf<SocketProcess>().toExtend<ProcessJson>();
    expectTypeOf<Cgroup>().toExtend<CgroupJson>();
    expectTypeOf<keyof SocketProcess>().toEqualTypeOf<keyof ProcessJson>();
    expectTypeOf<keyof Cgroup>().toEqualTypeOf<keyof CgroupJson>();
    expectTypeOf<Exclude<ProcessUnknown, SearchUnknown>>().toEqualTypeOf<'off'>();
    const reasons: Record<SearchUnknown, true> = { pending: true, none: true, permission: true, gone: true };
    expect(PROCESS_UNKNOWN).toEqual(expect.arrayContaining(Object.keys(reasons)));
  });
});
