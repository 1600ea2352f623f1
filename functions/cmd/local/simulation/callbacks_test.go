package simulation

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// callbackTries is how often a provider posts a callback that is not taken.
const callbackTries = 24

type callbackKey struct{}

// callbackName returns the name of the callback that a request posts.
func (*World) callbackName(ctx context.Context) string {
	name, _ := ctx.Value(callbackKey{}).(string)
	return name
}

// collect takes over the callbacks that the simulators have made, and posts each in its own time.
func (w *World) collect() { w.collectOf("") }

// collectOf does so for callbacks that are of no message, but of what has the name.
func (w *World) collectOf(origin string) {
	for _, cb := range w.sim.Outbox().Pending() {
		if err := w.sim.Outbox().Drop(0); err != nil {
			w.oracle.find("a callback cannot be taken over: %v", err)
			return
		}

		app, ok := w.appOf(cb.AppID)
		if !ok {
			continue
		}

		about := cmp.Or(w.oracle.aboutMessage(cb.MessageID), origin)
		cb = w.spelled(cb, app)
		cb = w.billed(cb, app, about)
		name := fmt.Sprintf("%s of %s", cb.Kind, about)
		name += " #" + w.count(name)

		w.schedule(cb, app, name)

		if late, ok := w.afterAll(cb, app, name); ok {
			w.schedule(late, app, fmt.Sprintf("%s after all, after %s", late.Kind, name))
		}
	}
}

// schedule posts a callback when its time has come: late, twice or never, as the app's course says.
func (w *World) schedule(cb simulator.Callback, app int, name string) {
	cb = w.withLighterError(cb, app, name)
	course := w.plan.Apps[app].Callbacks
	draw := func(purpose string, below int64) int64 { return drawn(w.plan.Seed, max(below, 1), purpose, name) }

	lost := w.troubled() && int(draw("lost", 10_000)) < course.Lost || w.losesBill(cb, name) || w.withholds(cb, app, name)
	w.oracle.told(cb, app, name, lost)

	if lost {
		w.note("callback %s is lost", name)
		return
	}

	late := time.Duration(draw("late", int64(course.Late)+int64(20*time.Millisecond)))
	if w.comesEarly(cb, name) {
		late = -time.Until(cb.Planned)
	}

	w.later(cb, name, w.reaches(app, time.Until(cb.Planned)+late, draw))

	if int(draw("twice", 10_000)) < course.Twice {
		again := time.Duration(draw("late again", int64(course.Late)+int64(time.Minute)))
		w.later(cb, name+" again", w.reaches(app, time.Until(cb.Planned)+again, draw))
	}
}

// later posts a callback after a time, again and again until it is taken.
func (w *World) later(cb simulator.Callback, name string, after time.Duration) {
	w.busy.add()
	w.running.Go(func() {
		defer w.busy.done()

		time.Sleep(after)

		for try := 1; try <= callbackTries; try++ {
			attempt := fmt.Sprintf("callback %s, post %d", name, try)

			ctx := context.WithValue(context.WithoutCancel(w.ctx), callbackKey{}, attempt)

			code, _, err := w.sim.Outbox().Post(ctx, cb.URL, cb.Header, cb.Body)
			if err == nil {
				w.note("%s is taken", attempt)
				w.oracle.heard(cb, name)

				return
			}

			w.note("%s ends with %d", attempt, code)
			time.Sleep(5*time.Second<<min(try, 8) + time.Duration(drawn(w.plan.Seed, int64(time.Second), "repost", attempt)))
		}

		w.oracle.find("callback %s is not taken in %d posts", name, callbackTries)
	})
}

// appOf returns the app that a simulator knows by the id.
func (w *World) appOf(simulated string) (int, bool) {
	for i := range w.plan.Apps {
		if w.vendor(i).simulated == simulated {
			return i, true
		}
	}

	return 0, false
}
