package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Callback is an event of a provider as it comes from provider-events.
type Callback struct {
	provider.Origin
	Event       provider.Event
	PublishedAt time.Time
}

// Receive takes one callback. Any callback may come twice, late, or before the send it tells of was recorded. A nil error
// means that Pub/Sub may forget it.
func (d *Dispatcher) Receive(ctx context.Context, c Callback) (Outcome, error) {
	switch c.Event.Kind {
	case provider.KindHeartbeat:
		return Outcome{Result: ResultHeartbeat}, d.Store.PutHeartbeat(ctx, time.UnixMilli(c.Event.At))
	case provider.KindStatus, provider.KindBilling:
		if c.Event.Status == nil {
			return Outcome{Result: ResultIgnored, AppID: c.AppID}, nil
		}
		if err := d.noteCallback(ctx, c); err != nil {
			return Outcome{AppID: c.AppID}, err
		}
		return d.receiveStatus(ctx, c, *c.Event.Status)
	case provider.KindReply:
		return d.receiveReply(ctx, c)
	case provider.KindPreference, provider.KindUser:
		return d.receivePreference(ctx, c)
	case provider.KindTemplate:
		return d.receiveTemplate(ctx, c)
	case provider.KindAccount:
		return d.receiveAccount(ctx, c)
	default:
		return Outcome{Result: ResultIgnored, AppID: c.AppID, AccountID: c.AccountID}, nil
	}
}

// noteEvery is how often an instance writes down that an app has callbacks; the note only needs to be true to the day.
const noteEvery = 10 * time.Minute

func (d *Dispatcher) noteCallback(ctx context.Context, c Callback) error {
	now := d.Clock.Now()
	if last, ok := d.touched.Load(c.AppID); ok {
		if at, ok := last.(time.Time); ok && now.Sub(at) < noteEvery {
			return nil
		}
	}
	if err := d.Store.RecordCallbackTime(ctx, c.AppID, now); err != nil {
		return err
	}
	d.touched.Store(c.AppID, now)
	return nil
}

// receiveStatus applies a delivery report or a billing fact to its message.
func (d *Dispatcher) receiveStatus(ctx context.Context, c Callback, s provider.StatusEvent) (Outcome, error) {
	p := progressOf(c, s)
	out := Outcome{AppID: c.AppID, AccountID: c.AccountID, Failure: s.Failure}
	meant := effectOf(c, s)
	d.noteUnlisted(ctx, c.Provider, c.AppID, meant)
	for range maxConflicts {
		m, attempt, err := d.messageOf(ctx, c, s)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return d.unknownID(ctx, c, s, p, out)
		case err != nil:
			return out, err
		}
		p.MessageID, p.Attempt = m.ID, attempt
		err = d.applyStatus(ctx, m, p, meant)
		if store.IsConflict(err) {
			continue
		}
		out.Result, out.MessageID, out.Event, out.Attempt = ResultApplied, m.ID, m.Event, attempt
		return out, err
	}
	return out, fault.New(fault.Conflict, "dispatch.receiveStatus", "the message keeps changing")
}

func progressOf(c Callback, s provider.StatusEvent) message.Progress {
	p := message.Progress{
		Status: s.Status, At: timeOfEvent(c), AppID: c.AppID, IDs: s.IDs, Failure: s.Failure,
		Pricing: s.Pricing, PricingKind: string(s.Status),
	}
	if s.Status == "" {
		p.PricingKind = string(c.Event.Kind)
	}
	return p
}

// timeOfEvent is the provider's time of an event in epoch milliseconds, or ours where it named none.
func timeOfEvent(c Callback) int64 {
	if c.Event.At != 0 {
		return c.Event.At
	}
	if c.Event.ReceivedAt != 0 {
		return c.Event.ReceivedAt
	}
	return c.PublishedAt.UnixMilli()
}

// longestWait is the longest that a report can have a message wait.
const longestWait = 24 * time.Hour

func effectOf(c Callback, s provider.StatusEvent) effect {
	return effect{Failure: s.After(min(s.RetryAfter, longestWait)), at: time.UnixMilli(timeOfEvent(c))}
}

// messageOf finds the message and attempt that a status is of: by our own reference where the provider echoes it, else by
// any of the provider's ids.
func (d *Dispatcher) messageOf(ctx context.Context, c Callback, s provider.StatusEvent) (message.Message, int, error) {
	if s.Ref != "" {
		keys, err := d.Keys.Get(ctx)
		if err != nil {
			return message.Message{}, 0, err
		}
		if ref, err := keys.Reference.Open(c.AppID, s.Ref); err == nil {
			m, err := d.Store.Message(ctx, ref.MessageID)
			return m, ref.Attempt, err
		}
	}
	m, err := d.Store.MessageByProviderIDs(ctx, c.AppID, s.IDs)
	if err != nil {
		return message.Message{}, 0, err
	}
	return m, m.AttemptOf(s.IDs), nil
}

// applyStatus writes what a status says of its attempt, does what a failure calls for, and tells the activity.
func (d *Dispatcher) applyStatus(ctx context.Context, m message.Message, p message.Progress, e effect) error {
	if p.Status == "" && !p.Pricing.IsZero() && m.AttemptAt(p.Attempt).Rank == message.RankNone {
		p.Status = message.StatusAccepted // nobody charges for a message that was not taken
	}
	p.Final = message.RankOf(p.Status) >= message.RankDelivered
	if p.Settles(m) {
		p.ClearDueIf = m.UpdateTime
	}
	if p.IsNews(m) {
		var err error
		if m.Phase, err = d.writeStatus(ctx, m, p, e); err != nil {
			return err
		}
	}
	if p.Status == "" || p.Status == message.StatusEnqueued {
		return nil
	}
	told := p.Apply(m)
	if p.Status == message.StatusFailed && (told.Status() != message.StatusFailed || p.Attempt != m.Attempt) {
		return nil // another attempt follows or followed, or the shopper has the message
	}
	return d.publish(ctx, told, p.Attempt, p.Status, time.UnixMilli(p.At))
}

// writeStatus writes a status; one that calls for a change of phase is written together with it. It returns the phase that
// the message is in then.
func (d *Dispatcher) writeStatus(ctx context.Context, m message.Message, p message.Progress, e effect) (message.Phase, error) {
	if p.Status != message.StatusFailed || m.MaxRank() >= message.RankDelivered || p.Attempt != m.Attempt {
		return m.Phase, d.Store.Record(ctx, p)
	}
	a := m.AttemptAt(p.Attempt)
	if a.Rank == message.RankFailed {
		return m.Phase, d.Store.Record(ctx, p) // what the failure called for was done when it came first
	}
	switch e.phase() {
	case message.Waiting:
		if m.Retried {
			e.Class = message.ClassBadRequest // one new attempt is all it gets
		}
		m.Retried = true
	case message.Claimed:
		e.Class = message.ClassBadRequest // a failure is no doubt: the provider says that it did not arrive
	default:
	}
	return e.phase(), d.conclude(ctx, m, p, e)
}
