// Package handset is the shoppers' side of the simulation: what each phone shows, and what its owner answers.
// Providers put messages on it and are told of the answers.
package handset

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// Errors of answering; compare with errors.Is. None names a phone.
var (
	// ErrUnknownMessage means that the phone shows no message of that id.
	ErrUnknownMessage = errors.New("the phone shows no such message")
	// ErrUnknownButton means that the message has no such quick-reply button.
	ErrUnknownButton = errors.New("the message has no such button to tap")
	// ErrNoConversation means that nobody has written to the phone and no app was named.
	ErrNoConversation = errors.New("nobody has written to the phone yet: name the app that the shopper writes to")
	// ErrUnknownApp means that no simulated app has the name.
	ErrUnknownApp = errors.New("no simulated app has this name")
	// ErrInvalidReply means that the reply has neither text nor button, or both.
	ErrInvalidReply = errors.New("a reply has either a text or a button; one of another kind than text needs neither")
	// ErrOff means that the phone is switched off, so that nobody can write on it.
	ErrOff = errors.New("the phone is switched off: switch it on first")
	// ErrUnknownKind means that phones send no messages of that kind.
	ErrUnknownKind = errors.New("phones send no message of that kind, but text, image, document, audio, video, sticker, location, contact, reaction, order, edit and revoke")
)

// Message is one message as the phone shows it.
type Message struct {
	// ID is the provider's message id.
	ID string `json:"id"`
	// Text is header, body and footer as rendered, one line each.
	Text string `json:"text"`
	// Buttons are the labels in order.
	Buttons []string `json:"buttons"`
	// Template is the template's element name, empty for a session message.
	Template string `json:"template"`
	// State is accepted, enqueued, sent, delivered, read or failed.
	State string `json:"state"`
	// At is when each state so far was reached, in UTC.
	At map[string]time.Time `json:"at"`
	// Arrived says that the phone has it: delivered, whether or not anybody is told of that.
	Arrived bool `json:"-"`
}

// Item is a message that can show itself as it is now.
type Item interface {
	// Show returns the message as it is at the time now.
	Show(now time.Time) Message
	// Follow has what is still to come of the message go by how its phone is set now. If it was waiting for the phone, it is
	// delivered no sooner than after; Follow returns when that is, and after if it was not waiting.
	Follow(after time.Time) time.Time
}

// Owner is the provider's side of a message.
type Owner interface {
	// Answer takes in a reply. Its To is empty or an id of this owner, its App is one of this owner's; phone is digits
	// only. It returns the provider's id of the inbound message, or one of this package's errors.
	Answer(phone string, r Reply) (string, error)
}

// Book is all phones. It is safe for concurrent use.
type Book struct {
	now    func() time.Time
	keep   int
	mu     sync.Mutex
	phones map[string]*phone
	order  []*entry
	owners map[string]Owner
	absent map[string]bool
	// settings are those of phones that are not set as most are.
	settings map[string]Settings
	// waiting is what may have to be delivered to phones that are off, forgotten messages too, oldest first.
	waiting map[string][]*entry
	seq     uint64
}

type phone struct {
	entries []*entry
	// said are the newest messages that its owner wrote, oldest first.
	said []said
}

type entry struct {
	id, number, app string
	// seq orders all that a phone shows.
	seq       uint64
	item      Item
	owner     Owner
	forgotten bool
}

// New returns phones that show nothing; keep is how many messages are kept over all phones, all for keep ≤ 0.
func New(now func() time.Time, keep int) *Book {
	return &Book{
		now:      now,
		keep:     keep,
		phones:   map[string]*phone{},
		owners:   map[string]Owner{},
		absent:   map[string]bool{},
		settings: map[string]Settings{},
		waiting:  map[string][]*entry{},
	}
}

// Register makes replies to the app go to owner.
func (b *Book) Register(app string, owner Owner) {
	b.mu.Lock()
	defer b.mu.Unlock()

	b.owners[app] = owner
}

// Registered reports whether replies to the app go to somebody.
func (b *Book) Registered(app string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.owners[app] != nil
}

// SetNotOnWhatsApp says that a number has no WhatsApp, so that messages to it fail, or has it again.
func (b *Book) SetNotOnWhatsApp(number string, absent bool) {
	number = digits(number)

	b.mu.Lock()
	defer b.mu.Unlock()
	if absent {
		b.absent[number] = true
	} else {
		delete(b.absent, number)
	}
}

// OnWhatsApp reports whether messages to the number (digits) can arrive.
func (b *Book) OnWhatsApp(number string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.absent[number]
}

// Put adds a message of an app to the phone with that number (digits).
func (b *Book) Put(number, app, id string, item Item) {
	b.mu.Lock()
	defer b.mu.Unlock()

	b.seq++
	e := &entry{
		id:     id,
		number: number,
		app:    app,
		seq:    b.seq,
		item:   item,
		owner:  b.owners[app],
	}
	p := b.phone(number)

	p.entries = append(p.entries, e)
	if b.settings[number].Off {
		b.waiting[number] = append(b.waiting[number], e)
	}

	if b.keep <= 0 {
		return
	}

	b.order = append(b.order, e)
	if len(b.order) > b.keep {
		b.forget(b.order[0])
		b.order[0] = nil
		b.order = b.order[1:]
	}
}

// phone returns the phone with that number (digits). Call with mu held.
func (b *Book) phone(number string) *phone {
	p := b.phones[number]
	if p == nil {
		p = &phone{}
		b.phones[number] = p
	}

	return p
}

// forget removes the oldest message of all, which is the oldest of its phone as well. Call with mu held.
func (b *Book) forget(e *entry) {
	e.forgotten = true
	p := b.phones[e.number]
	p.entries[0] = nil
	p.entries = p.entries[1:]
	if len(p.entries) == 0 {
		delete(b.phones, e.number)
	}
}

// Inbox returns what was sent to the phone with that number, oldest first; never nil: also what failed or is still to come, which the
// phone does not show. The number may have a plus, blanks and dashes.
func (b *Book) Inbox(number string) []Message {
	entries := b.entries(digits(number))

	out := make([]Message, len(entries))
	for i, e := range entries {
		out[i] = e.item.Show(b.now())
	}

	return out
}

// Arrived returns the messages of Inbox that the phone has.
func (b *Book) Arrived(number string) []Message {
	return slices.DeleteFunc(b.Inbox(number), func(m Message) bool { return !m.Arrived })
}

// address finds who the reply goes to and completes its To and App.
func (b *Book) address(number string, r *Reply) (Owner, error) {
	if r.changes() {
		return b.original(number, r)
	}

	entries := b.entries(number)
	switch {
	case r.To != "":
		i := slices.IndexFunc(entries, func(e *entry) bool { return e.id == r.To })
		if i < 0 {
			return nil, ErrUnknownMessage
		}

		r.App = entries[i].app

		return entries[i].owner, nil
	case r.Button != "":
		for _, e := range slices.Backward(entries) {
			if slices.Contains(e.item.Show(b.now()).Buttons, r.Button) {
				r.To, r.App = e.id, e.app
				return e.owner, nil
			}
		}

		return nil, ErrUnknownButton
	case r.App != "":
		b.mu.Lock()
		defer b.mu.Unlock()
		if owner := b.owners[r.App]; owner != nil {
			return owner, nil
		}

		return nil, ErrUnknownApp
	case len(entries) == 0:
		return nil, ErrNoConversation
	}

	last := entries[len(entries)-1]
	r.App = last.app

	return last.owner, nil
}

func (b *Book) entries(number string) []*entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.phones[number]; p != nil {
		return slices.Clone(p.entries)
	}

	return nil
}

// Find is the message of that id on the phone with that number (digits), or nil.
func (b *Book) Find(number, id string) Item {
	for _, e := range b.entries(number) {
		if e.id == id {
			return e.item
		}
	}

	return nil
}

// digits returns the digits of a phone number, which may have a plus, blanks and dashes.
func digits(number string) string {
	out := make([]byte, 0, len(number))
	for i := range len(number) {
		if c := number[i]; c >= '0' && c <= '9' {
			out = append(out, c)
		}
	}

	return string(out)
}
