package callback

import (
	"container/heap"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// struck returns what is left to post now of a callback that is due, after the fault in force, if any, has hit it. Later
// attempts are not hit again. Call with mu held.
func (o *Outbox) struck(cb *Callback) []*Callback {
	if cb.struck {
		return []*Callback{cb}
	}

	cb.struck = true

	f, hit := o.cfg.Faults.Callback(cb.System, cb.AppID)
	if !hit {
		return []*Callback{cb}
	}

	switch f.Mode {
	case chaos.LostCallbacks:
		return nil
	case chaos.LateCallbacks:
		cb.Planned = cb.Planned.Add(time.Duration(f.DelayMillis) * time.Millisecond)
		heap.Push(&o.waiting, cb)

		return nil
	default:
		o.seq++

		again := *cb
		again.seq = o.seq

		return []*Callback{cb, &again}
	}
}
