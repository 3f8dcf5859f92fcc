import { describe, expect, it } from 'vitest';
import { openNamespace } from '../../../host/index.js';
import { FakeNamespaces, systemError } from '../../collector/fake-namespaces.js';

const blue = { kind: 'name', name: 'blue' } as const;

describe('openNamespace', () => {
  it('opens the file of a namespace, and none for its own', () => {
    const system = new FakeNamespaces();
    system.files.set('/run/docker/netns/blue', 2);
    expect(openNamespace(blue, system)).toBeTypeOf('number');
    system.files.set('/run/netns/own', 1);
    expect(openNamespace({ kind: 'name', name: 'own' }, system)).toBeUndefined();
  });

  it('reports a namespace that does not exist, or may not be opened', () => {
    const system = new FakeNamespaces();
    expect(() => openNamespace(blue, system)).toThrow(expect.objectContaining({ code: 'ERR_NO_NAMESPACE' }));
    system.files.set('/run/netns/blue', systemError('EACCES', 13, 'stat'));
    expect(() => openNamespace(blue, system)).toThrow(expect.objectContaining({ code: 'ERR_NAMESPACE' }));
  });
});
