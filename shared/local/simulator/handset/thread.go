package handset

import (
	"cmp"
	"slices"
	"time"
)

// Line is one message of a conversation as the phone shows it: Message is one of an app, or Said is one of the phone's
// owner; the other is nil.
type Line struct {
	Message *Message `json:"message,omitempty"`
	Said    *Said    `json:"said,omitempty"`
	// App is the provider's name of the app that wrote it or that it was written to.
	App string `json:"app"`
}

// Said is a message that the phone's owner wrote.
type Said struct {
	// ID is the provider's id of it, by which it is edited and taken back.
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Kind is that of the [Reply], never empty; button for a tap.
	Kind string `json:"kind"`
	// Text is what was written, as last edited; empty once it is taken back.
	Text string `json:"text,omitempty"`
	// Button is the label of the button that was tapped.
	Button string `json:"button,omitempty"`
	// To is the id of the message that it answers, if any.
	To string `json:"to,omitempty"`
	// Place is a location's name, and Items are an order's.
	Place string      `json:"place,omitempty"`
	Items []OrderItem `json:"items,omitempty"`
	// Edited and TakenBack say what its owner did with it since.
	Edited    bool `json:"edited,omitempty"`
	TakenBack bool `json:"takenBack,omitempty"`
}

// said is what a shopper wrote, and whom it went to.
type said struct {
	Said

	seq   uint64
	app   string
	owner Owner
}

// newSaid is the reply as the phone shows it.
func newSaid(r *Reply, at time.Time) Said {
	kind := cmp.Or(r.Kind, "text")
	if r.Button != "" {
		kind = "button"
	}

	return Said{
		At:     at.UTC(),
		Kind:   kind,
		Text:   r.Text,
		Button: r.Button,
		To:     r.To,
		Place:  r.Place,
		Items:  r.Items,
	}
}

// change edits what its owner wrote, or takes it back.
func (b *Book) change(number string, r *Reply) {
	b.mu.Lock()
	defer b.mu.Unlock()

	p := b.phones[number]
	if p == nil {
		return
	}

	i := slices.IndexFunc(p.said, func(s said) bool { return s.ID == r.Original })
	if i < 0 {
		return
	}

	s := &p.said[i]
	if r.Kind == kindRevoke {
		s.Said = Said{ID: s.ID, At: s.At, Kind: s.Kind, To: s.To, TakenBack: true}
	} else {
		s.Text, s.Edited = r.Text, true
	}
}

// Thread returns what the phone with that number shows in both directions, oldest first; never nil: what its owner wrote, and of the messages
// of apps those that have arrived.
func (b *Book) Thread(number string) []Line {
	number = digits(number)

	b.mu.Lock()

	var (
		entries []*entry
		wrote   []said
	)
	if p := b.phones[number]; p != nil {
		entries, wrote = slices.Clone(p.entries), slices.Clone(p.said)
	}

	b.mu.Unlock()

	slices.SortFunc(wrote, func(a, b said) int { return cmp.Compare(a.seq, b.seq) })

	out := make([]Line, 0, len(entries)+len(wrote))
	for len(entries)+len(wrote) > 0 {
		if len(wrote) == 0 || len(entries) > 0 && entries[0].seq < wrote[0].seq {
			if m := entries[0].item.Show(b.now()); m.Arrived {
				out = append(out, Line{Message: &m, App: entries[0].app})
			}

			entries = entries[1:]
		} else {
			out = append(out, Line{Said: &wrote[0].Said, App: wrote[0].app})
			wrote = wrote[1:]
		}
	}

	return out
}
