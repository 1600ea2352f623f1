package simulation

import (
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// reaches returns how long from now a callback of the app reaches us that would do so after a time: later if its provider holds
// callbacks back.
func (w *World) reaches(app int, after time.Duration, draw func(purpose string, below int64) int64) time.Duration {
	now := time.Since(w.began)
	at := now + after

	for _, d := range w.plan.Droughts {
		if d.App != app || at < d.From || at >= d.Until {
			continue
		}

		switch {
		case d.Lag > 0:
			at += d.Lag
		case d.Mixed:
			at = d.Until + time.Duration(draw("held back", int64(20*time.Second)))
		default:
			at = d.Until + (at-d.From)/1000 // in their order, and so close together as they come from a queue
		}
	}

	return at - now
}

// closed reports whether a part of the way in takes nothing now, and how long from now it will be so.
func (w *World) closed(what Entrance) (left time.Duration, closed bool) {
	now := time.Since(w.began)
	for _, c := range w.plan.Closures {
		if c.What == what && now >= c.From && now < c.Until {
			left, closed = max(left, c.Until-now), true
		}
	}

	return left, closed
}

// waitForSubscription waits while the subscription of a topic delivers nothing.
func (w *World) waitForSubscription(topic string) {
	what := SubscriptionDown
	if topic == world.OrderEvents {
		what = OrdersDown
	}

	for {
		left, closed := w.closed(what)
		if !closed {
			return
		}

		time.Sleep(left)
	}
}

// refusesPushes reports whether the function behind a topic's subscription answers every push with an error.
func (w *World) refusesPushes(topic string) bool {
	_, closed := w.closed(ReceiveDown)
	return closed && topic == world.ProviderEvents
}

// calm reports whether nothing went wrong between two times that concerns an app or ourselves.
func (w *World) calm(app int, from, until time.Duration) bool {
	overlaps := func(f, u time.Duration) bool { return f <= until && from < u }

	for _, o := range w.plan.Outages {
		if (o.App == app || o.All && o.App >= 0 && w.plan.Apps[o.App].Provider == w.plan.Apps[app].Provider) && overlaps(o.From, o.Until) {
			return false
		}
	}

	for _, t := range w.plan.Troubles {
		if overlaps(t.From, t.Until) {
			return false
		}
	}

	for _, c := range w.plan.Closures {
		if overlaps(c.From, c.Until) {
			return false
		}
	}

	for _, s := range w.plan.Steps {
		if s.Kind == Kill && overlaps(s.At, s.At+time.Minute) {
			return false
		}
	}

	return true
}

// skews returns by how much the clocks of two machines differ at most, with a little more for what takes its time.
func (w *World) skews() time.Duration {
	return slices.Max(w.plan.Machines) - slices.Min(w.plan.Machines) + time.Second
}
