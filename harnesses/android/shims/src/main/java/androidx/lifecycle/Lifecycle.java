package androidx.lifecycle;

/** The states that an app goes through. */
public abstract class Lifecycle {
  public abstract void addObserver(LifecycleObserver observer);

  public abstract void removeObserver(LifecycleObserver observer);

  public abstract State getCurrentState();

  public enum Event {
    ON_CREATE,
    ON_START,
    ON_RESUME,
    ON_PAUSE,
    ON_STOP,
    ON_DESTROY,
    ON_ANY
  }

  public enum State {
    DESTROYED,
    INITIALIZED,
    CREATED,
    STARTED,
    RESUMED;

    public boolean isAtLeast(State state) {
      return compareTo(state) >= 0;
    }
  }
}
