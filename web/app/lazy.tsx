import { Component, type ComponentChildren, type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { EmptyState } from '../parts/index.js';

/** Props of {@link Lazy}. */
export interface LazyProps<Module> {
  /** Loads the module; the same function for the same module. */
  readonly load: () => Promise<Module>;
  /** Called with the module before it is shown first. */
  readonly onLoaded?: (module: Module) => void;
  readonly children: (module: Module) => ComponentChildren;
}

/** Shows a part of the page once its module is loaded. A part that fails is replaced by words; others go on. */
export function Lazy<Module>({ load, onLoaded, children }: LazyProps<Module>): JSX.Element | null {
  const [loaded, setLoaded] = useState<{
    readonly load: unknown;
    readonly module?: Module;
    readonly error?: unknown;
  }>();
  useEffect(() => {
    let isCurrent = true;
    const end = (result: { readonly module?: Module; readonly error?: unknown }): void => {
      if (isCurrent) setLoaded({ load, ...result });
    };
    load().then(
      (module) => {
        if (isCurrent) onLoaded?.(module);
        end({ module });
      },
      (error: unknown) => end({ error }),
    );
    return () => {
      isCurrent = false;
    };
  }, [load]);
  if (loaded?.load !== load) return null;
  if (loaded.module === undefined) return <NotLoaded />;
  const { module } = loaded;
  return <Guard>{children(module)}</Guard>;
}

function NotLoaded(): JSX.Element {
  return (
    <EmptyState isAlert title="This part of the page cannot be loaded." actions={<ReloadButton />}>
      The collector may have been updated since the page was loaded. Load the page again.
    </EmptyState>
  );
}

function ReloadButton(): JSX.Element {
  return (
    <button type="button" class="button" onClick={() => location.reload()}>
      Load the page again
    </button>
  );
}

/** Bounds a defect to its part of the page. */
class Guard extends Component<{ readonly children: ComponentChildren }, { readonly error: string | undefined }> {
  override state: { readonly error: string | undefined } = { error: undefined };

  override componentDidCatch(error: unknown): void {
    // The console has the place of the defect.
    console.error(error);
    this.setState({ error: error instanceof Error ? error.message : String(error) });
  }

  override render(): ComponentChildren {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <EmptyState isAlert title="This part of the page failed." actions={<ReloadButton />}>
        It is a defect of the page: {error}
      </EmptyState>
    );
  }
}
