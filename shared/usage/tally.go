package usage

import (
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// delivered is the status of a shipment that the shopper has, and returning what the statuses of one begin with that goes back undelivered.
const (
	delivered = "delivered"
	returning = "rto_"
)

// tally counts failed deliveries and what they led to. off are those of which nothing else is known.
func tally(all []failure, off int64, currency string) FailedDay {
	d := FailedDay{Failed: int64(len(all)) + off}

	var toAsk, toAction []int64

	rescued, returned := map[[2]string]bool{}, map[[2]string]bool{}

	for _, f := range all {
		figures := billing.FiguresOf(f.message, f.charges)
		d.Asked, d.Delivered, d.Read = d.Asked+figures.Sent, d.Delivered+figures.Delivered, d.Read+figures.Read

		if f.charges.Account.Price.Currency == currency {
			d.CostMicros += figures.ActualMicros
		}

		shipment := [2]string{f.message.OrderID, f.message.Subject}
		arrived, back := f.outcome()
		rescued[shipment] = rescued[shipment] || arrived
		returned[shipment] = returned[shipment] || back

		if at := f.askedAt(); figures.Sent > 0 && !at.IsZero() {
			toAsk = append(toAsk, f.minutesTo(at))
		}
		if f.answered {
			d.Answered++
		}
		if f.accepted.State == conversation.Accepted {
			d.Accepted++

			toAction = append(toAction, f.minutesTo(doneAt(f.accepted)))
		}
	}

	for shipment, arrived := range rescued {
		switch {
		case arrived:
			d.DeliveredAfterAll++
		case returned[shipment]:
			d.Returned++
		}
	}

	if d.DeliveredAfterAll > 0 {
		each := d.CostMicros / d.DeliveredAfterAll
		d.PerRescueMicros = &each
	}

	d.ToAsk, d.ToAction = minutesOf(toAsk), minutesOf(toAction)

	return d
}

// scannedAt returns when the courier scanned the failed delivery, as far as the platform told.
func (f failure) scannedAt() time.Time {
	if f.message.OccurredAt == 0 {
		return f.message.CreatedAt
	}

	return time.Unix(f.message.OccurredAt, 0)
}

// outcome reports whether the shipment was delivered after it failed, and whether it went back after it failed.
func (f failure) outcome() (arrived, back bool) {
	scan := f.scannedAt().Unix()

	for status, at := range f.times {
		arrived = arrived || status == delivered && at > scan
		back = back || strings.HasPrefix(status, returning) && at > scan
	}

	return arrived, back
}

// askedAt returns when a provider had taken the message; the zero time if that is not known.
func (f failure) askedAt() time.Time {
	// A report may have come although the provider's answer was lost.
	for _, s := range []message.Status{message.StatusAccepted, message.StatusSent, message.StatusDelivered, message.StatusRead} {
		if at := f.message.FirstTime(s); !at.IsZero() {
			return at
		}
	}

	return time.Time{}
}

// doneAt returns when the platform had taken an action.
func doneAt(a conversation.Action) time.Time {
	for _, at := range []time.Time{a.DoneAt, a.SubmittedAt} {
		if !at.IsZero() {
			return at
		}
	}

	return a.At
}

// minutesTo returns how many whole minutes a time is after the scan; none if it is before, by a clock that differs.
func (f failure) minutesTo(at time.Time) int64 {
	return max(int64(at.Sub(f.scannedAt())/time.Minute), 0)
}

// minutesOf returns the percentiles of some minutes; nil of none.
func minutesOf(all []int64) *Minutes {
	if len(all) == 0 {
		return nil
	}

	slices.Sort(all)

	// By nearest rank: the smallest one that so many in a hundred do not exceed.
	rank := func(percent int) int64 { return all[(percent*len(all)+99)/100-1] }

	return &Minutes{P50: rank(50), P95: rank(95)}
}
