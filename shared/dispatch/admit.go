package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/throttle"
)

// admission is what stands between a decision to send and the claim.
type admission struct {
	decision decision
	// token is the right to send now; nil if the decision is no longer to send.
	token *throttle.Token
	// stale is true if getting the token took so long that the facts must be read again.
	stale bool
}

// freshness is how old the facts may be that a claim rests on.
const freshness = 250 * time.Millisecond

// admit lets a decision to send pass once no other message is on its way to the shopper and the sender has a token left;
// otherwise the message waits. What a provider that is forwarded events was told before is refused. A token that is
// already held is used.
func (d *Dispatcher) admit(ctx context.Context, s *sending, f store.Facts, send decision) (admission, error) {
	o, p, held := s.occurrence, s.plan, s.token

	forwarded, err := d.alreadyForwarded(ctx, o, p)
	if err != nil || forwarded {
		return admission{decision: alreadyTold(send.grounds), token: held}, err
	}
	if p.sender.forwards != nil && !d.stillWanted(ctx, o, p) {
		return admission{token: held, stale: true}, nil // the question may have taken its time, and the shopper may have opted out
	}

	if p.sender.withoutEcho() {
		until, passed, failed := d.inFlight(ctx, o, *f.Customer)
		if failed != nil || !until.IsZero() {
			wait := decision{phase: message.Waiting, due: until, free: true}
			send.grounds.InFlight = true

			return admission{decision: wait.on(send.grounds), token: held}, failed
		}

		send.passed = passed
	}

	if held != nil {
		return admission{decision: send, token: held}, nil
	}

	return d.takeToken(ctx, o, p, send)
}

// alreadyTold returns the decision not to send what the provider was told before.
func alreadyTold(g message.Grounds) decision {
	g.Told = true
	return refuse(checks.Decide(checks.Facts{Grounds: g}).Reason).on(g)
}

// takeToken takes a token of the sender's rate for a decision to send, or has the message wait.
func (d *Dispatcher) takeToken(ctx context.Context, o occurrence, p plan, send decision) (admission, error) {
	began := d.clock.Now()

	t, err := d.rates.Take(ctx, p.sender.installed.ID, d.rateOf(p.sender), p.recipient.number, o.entry.Urgent)
	if errors.Is(err, throttle.ErrNoToken) {
		wait := decision{
			phase: message.Waiting,
			due:   d.places.Turn(p.sender.installed.ID, d.rateOf(p.sender)),
			free:  true,
		}
		send.grounds.NoToken = true

		return admission{decision: wait.on(send.grounds)}, nil
	}

	return admission{
		decision: send,
		token:    t,
		stale:    d.clock.Now().Sub(began) > freshness,
	}, err
}
