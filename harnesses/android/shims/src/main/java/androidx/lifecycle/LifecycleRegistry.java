package androidx.lifecycle;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/** A lifecycle that takes each of its observers through every state on the way to its own. Main thread only. */
public class LifecycleRegistry extends Lifecycle {
  private final LifecycleOwner owner;
  private final Map<FullLifecycleObserver, State> observers = new LinkedHashMap<>();
  private State state = State.INITIALIZED;

  public LifecycleRegistry(LifecycleOwner owner) {
    this.owner = owner;
  }

  @Override
  public void addObserver(LifecycleObserver observer) {
    if (observer instanceof FullLifecycleObserver full && observers.putIfAbsent(full, State.INITIALIZED) == null) {
      bring(full);
    }
  }

  @Override
  public void removeObserver(LifecycleObserver observer) {
    observers.remove(observer);
  }

  @Override
  public State getCurrentState() {
    return state;
  }

  public void setCurrentState(State next) {
    state = next;
    for (var observer : new ArrayList<>(observers.keySet())) {
      bring(observer);
    }
  }

  private void bring(FullLifecycleObserver observer) {
    State at;
    while ((at = observers.get(observer)) != null && at != state) {
      boolean up = at.compareTo(state) < 0;
      var next = State.values()[at.ordinal() + (up ? 1 : -1)];
      observers.put(observer, next);
      tell(observer, up ? next : at, up);
    }
  }

  /** Going up the step is named by the state that is reached, going down by the one that is left. */
  private void tell(FullLifecycleObserver observer, State step, boolean up) {
    switch (step) {
      case CREATED -> {
        if (up) observer.onCreate(owner);
        else observer.onDestroy(owner);
      }
      case STARTED -> {
        if (up) observer.onStart(owner);
        else observer.onStop(owner);
      }
      case RESUMED -> {
        if (up) observer.onResume(owner);
        else observer.onPause(owner);
      }
      default -> {}
    }
  }
}
