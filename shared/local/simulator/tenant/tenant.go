// Package tenant is what the simulated providers have in common: apps in a registry, how an app's callbacks are posted,
// the course of an accepted message, and a shopper's message to an app. Requests, answers and the bodies of callbacks
// differ between providers and stay with each of them. None of it is shared with the product's own clients.
package tenant

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

// Errors about the set-up of a simulated provider; compare with errors.Is.
var (
	// ErrInvalidApp means that an app lacks something or repeats what another has.
	ErrInvalidApp = errors.New("invalid simulated app")
	// ErrUnknownApp means that no app has that id.
	ErrUnknownApp = errors.New("no such simulated app")
	// ErrInvalidTemplate means that a template cannot be registered.
	ErrInvalidTemplate = errors.New("invalid simulated template")
	// ErrUnknownTemplate means that the app has no such template.
	ErrUnknownTemplate = errors.New("no such simulated template")
)

// Window is how long after a shopper's last message free text may be sent.
const Window = 24 * time.Hour

// Config is what a simulated provider works with; all fields are required.
type Config struct {
	Clock   clock.Clock
	IDs     *ident.Generator
	Log     *witness.Log
	Faults  *chaos.List
	Outbox  *callback.Outbox
	Handset *handset.Book
	// Client makes the requests to receivers that are no posts of a callback, such as Meta's handshake.
	Client *http.Client
}

// Send hands a callback of an app with behaviour b to the outbox, once for each copy.
func (c *Config) Send(cb callback.Callback, b *Behaviour, p Posting) {
	for _, lag := range p.Lags {
		c.Outbox.Add(cb, callback.Plan{
			Lag:      lag,
			Hold:     b.Hold,
			Retry:    b.Retry,
			Released: p.Released,
			Stage:    p.Stage,
			Waits:    p.Waits,
			Batch:    p.Batch,
		})
	}
}

// State is what a provider keeps of an app while it runs; B is the provider's own kind of behaviour. The provider's app
// embeds it, and the provider's mutex guards it.
type State[B any] struct {
	Behaviour B

	wrote map[string]time.Time
	sends chaos.Tally
}

// Own returns the state itself: the registry reaches it in a provider's app by this method.
func (s *State[B]) Own() *State[B] { return s }

// Hear notes that a shopper wrote to the app, which opens the window for free text.
func (s *State[B]) Hear(shopper string, at time.Time) {
	if s.wrote == nil {
		s.wrote = map[string]time.Time{}
	}

	s.wrote[shopper] = at
}

// Open reports whether the shopper wrote to the app within the [Window] before now.
func (s *State[B]) Open(shopper string, now time.Time) bool {
	last, wrote := s.wrote[shopper]
	return wrote && now.Sub(last) <= Window
}

// Throttled counts a send and reports whether it is above the limit per second; 0 is no limit.
func (s *State[B]) Throttled(limit int, now time.Time) bool {
	return limit > 0 && s.sends.Add(now) > limit
}

// Registry is a provider's apps by id. The provider's server embeds it and shares its mutex and its map.
type Registry[A interface{ Own() *State[B] }, B any] struct {
	mu   *sync.Mutex
	apps map[string]A
}

// NewRegistry returns a registry over apps, which mu guards.
func NewRegistry[A interface{ Own() *State[B] }, B any](mu *sync.Mutex, apps map[string]A) Registry[A, B] {
	return Registry[A, B]{mu, apps}
}

// Change calls do with the app of that id while the provider is locked. The error is do's, or [ErrUnknownApp].
func (r Registry[A, B]) Change(id string, do func(a A) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	a, ok := r.apps[id]
	if !ok {
		return ErrUnknownApp
	}

	return do(a)
}

// Behaviour returns how the app behaves now.
func (r Registry[A, B]) Behaviour(id string) (b B, err error) {
	err = r.Change(id, func(a A) error {
		b = a.Own().Behaviour
		return nil
	})
	return b, err
}

// SetBehaviour changes how the app behaves from the next message on.
func (r Registry[A, B]) SetBehaviour(id string, b B) error {
	return r.Change(id, func(a A) error {
		a.Own().Behaviour = b
		return nil
	})
}
