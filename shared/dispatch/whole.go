package dispatch

import (
	"context"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// toldBefore tells whether the provider, which is told such an event of whole orders, has it from another shipment of the
// order, or may have it. It is asked after the order was read and before the decision is written, which fails if anything
// of the order was decided in between: of two shipments at once, one sees the other.
func (d *Dispatcher) toldBefore(ctx context.Context, j *job) (bool, error) {
	f := j.sender.forwards
	if f == nil || j.event.OrderID == "" || !f.TellsWhole(j.event.Kind()) {
		return false, nil
	}
	others, err := d.Store.MessagesOfOrder(ctx, j.account.ID, j.event.OrderID)
	if err != nil {
		return false, err
	}
	kind, app := j.event.Kind().String(), j.sender.installed.ID
	for i := range others {
		o := &others[i]
		// One that failed, or that was put off, has told nothing yet.
		under := o.Phase == message.Claimed || o.Phase == message.InDoubt || o.Recorded()
		if o.ID != j.id && o.Event == kind && o.AppID == app && under && o.Phase != message.Failed {
			return true, nil
		}
	}
	return false, nil
}
