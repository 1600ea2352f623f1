package tenant

import (
	"hash/fnv"
	"strconv"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
)

// Message is the part of an accepted message that all providers have in common. A provider's message embeds it.
type Message struct {
	// ID is the provider's.
	ID string
	// To is the shopper's number, digits only.
	To         string
	AcceptedAt time.Time
	// Guard is the provider's mutex. It guards Course.
	Guard *sync.Mutex
	// Course is the states that the message reaches after acceptance.
	Course handset.Course

	cfg *Config
	// tell hands the callbacks about a stage of the course to the outbox; nil until the course is laid down.
	tell func(stage int)
	// set is how the phone was set when what is still to come was planned, at the time planned.
	set     handset.Settings
	planned time.Time
}

// Step appends a state that the message reaches so long after the one before it.
func (m *Message) Step(state string, lag time.Duration) { m.Course.Add(m.AcceptedAt, state, lag) }

// Proceed appends the states of WhatsApp itself: failed, or sent, delivered and, with AutoRead, read.
func (m *Message) Proceed(b *Behaviour, failed bool) {
	if failed {
		m.Step("failed", b.Lag.Failed)
		return
	}

	m.Step("sent", b.Lag.Sent)
	m.Step("delivered", b.Lag.Delivered)
	if b.AutoRead {
		m.Step("read", b.Lag.Read)
	}
}

// Posting returns how the callback about stage i of the course is posted. With Hold the message reaches the stage only
// when that callback is released. Call with Guard held.
func (m *Message) Posting(i int, b *Behaviour, random *ident.Generator) Posting {
	p := m.PostingAt(i, m.Course[i].At, b, random)
	if b.Hold && !p.Waits {
		m.Course[i].At = time.Time{}
		p.Released = func(now time.Time) {
			m.Guard.Lock()
			defer m.Guard.Unlock()

			m.Course.Reach(i, now)
		}
	}

	return p
}

// PostingAt returns how a callback is posted that moves no state and follows stage i of the course, which happens at. Call
// with Guard held.
func (m *Message) PostingAt(i int, at time.Time, b *Behaviour, random *ident.Generator) Posting {
	p := Posting{Stage: m.Course[i].State}
	if m.Course[i].Due.IsZero() {
		p.Waits, p.Lags = true, make([]time.Duration, 1)
	} else {
		p.Lags = b.lags(at.Sub(m.planned), random)
	}

	return p
}

// ShowState completes out, the message as the phone shows it, with the states reached by now.
func (m *Message) ShowState(out *handset.Message, now time.Time) {
	m.Guard.Lock()
	defer m.Guard.Unlock()

	m.Course.Show(out, m.AcceptedAt, now)
}

// Inbound is a shopper's message to an app; M is the provider's type of an accepted message.
type Inbound[M handset.Item] struct {
	// ID is the provider's id of it.
	ID string
	// From is the shopper's number, digits only.
	From  string
	At    time.Time
	Reply handset.Reply
	// Answered is the message that it answers, the zero value if it answers none.
	Answered M
}

// NewInbound takes in a reply from a phone. The error is [handset.ErrUnknownMessage] if it answers what this provider did
// not send.
func NewInbound[M handset.Item](c *Config, from string, r handset.Reply) (Inbound[M], error) {
	in := Inbound[M]{
		ID:    c.IDs.Wamid(),
		From:  from,
		At:    c.Clock.Now(),
		Reply: r,
	}
	if r.To == "" {
		return in, nil
	}

	m, ok := c.Handset.Find(from, r.To).(M)
	if !ok {
		return in, handset.ErrUnknownMessage
	}

	in.Answered = m

	return in, nil
}

// Name is the shopper's profile name.
func (in *Inbound[M]) Name() string {
	if in.Reply.Name != "" {
		return in.Reply.Name
	}
	return "Shopper"
}

// UserID is the id of a shopper for a business, in WhatsApp's shape (shared/provider/cloudapi/CONTRACT.md section 2.2).
func UserID(phone string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(phone)) // a hash takes everything
	return "IN." + strconv.FormatUint(h.Sum64()%100_000_000_000_000, 10)
}
