package meta

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// Errors about the simulator's own set-up; compare with errors.Is.
var (
	// ErrInvalidApp means that an app lacks something or repeats what another has.
	ErrInvalidApp = errors.New("invalid simulated number")
	// ErrUnknownApp means that no app has that id.
	ErrUnknownApp = errors.New("no such simulated number")
	// ErrUnknownTemplate means that the business account has no template of that id.
	ErrUnknownTemplate = errors.New("no such simulated template")
)

// App is one phone number on the Cloud API, with the Meta app that uses it. Numbers with the same WABAID share the
// business account's templates and subscription.
type App struct {
	// ID is the phone number id, by which faults, records and the methods of [Server] know it.
	ID string
	// WABAID is the WhatsApp Business Account's.
	WABAID string
	// Phone is the registered number, digits only; VerifiedName its display name.
	Phone, VerifiedName string
	// Token is the access token; several numbers may share one.
	Token string
	// AppSecret signs the callbacks; without one they are not signed.
	AppSecret string
	// CallbackURL is the Meta app's own callback, which overrides go before; it may be empty.
	CallbackURL string
	// Templates are added to those of the business account.
	Templates []Template
	// Status is the number's, "CONNECTED" unless set; CanSend what its health says, "AVAILABLE" unless set.
	Status, CanSend string
}

// How callbacks are signed.
const (
	// SignRight signs with the app secret.
	SignRight = ""
	// SignNot leaves the signature out.
	SignNot = "not"
	// SignWrong signs with another app's secret.
	SignWrong = "wrong"
)

// Lag is how long after the event before it each event happens. Callbacks are posted when their event happens.
type Lag struct {
	// Sent, Delivered and Read follow acceptance and each other in this order; Failed follows acceptance.
	Sent, Delivered, Read, Failed time.Duration
	// Inbound follows the shopper's reply.
	Inbound time.Duration
}

// Behaviour is how a number's messages and callbacks behave. The zero value sends no callbacks.
type Behaviour struct {
	// Callbacks are sent at all.
	Callbacks bool
	// Hold keeps callbacks until they are released by hand; a message's state then moves when its callback is released.
	Hold bool
	// Lag is the time between the events.
	Lag Lag
	// AutoRead lets the shopper read every delivered message.
	AutoRead bool
	// SkipDelivered leaves out the report of delivery where one of reading follows (contract 4.3).
	SkipDelivered bool
	// Duplicate is how many extra copies of each callback are posted, each DuplicateLag after the one before.
	Duplicate    int
	DuplicateLag time.Duration
	// Shuffle posts callbacks about a message at random times between acceptance and ShuffleWithin.
	Shuffle       bool
	ShuffleWithin time.Duration
	// Batch puts up to so many updates into one callback, gathered for BatchWithin; less than 2 is none.
	Batch       int
	BatchWithin time.Duration
	// OmitRef leaves our reference out of statuses, which the real one never does.
	OmitRef bool
	// OmitPrice leaves the price out of statuses.
	OmitPrice bool
	// OmitContext leaves the context out of replies.
	OmitContext bool
	// HidePhone names shoppers by their user id alone (contract 4.6).
	HidePhone bool
	// Conversation adds the conversation to sent, as before version 24.
	Conversation bool
	// Older posts the retired API's bare shape, unsigned, as a relay does (contract 5).
	Older bool
	// Sign is SignRight, SignNot or SignWrong.
	Sign string
	// MessageStatus is the word in the answer to a template, "accepted" by default.
	MessageStatus string
	// RatePerSecond refuses sends above this rate with 130429; 0 is no limit. RateStatus is the HTTP status of that, 400 by
	// the table and 429 as also seen.
	RatePerSecond, RateStatus int
	// Retry is how often callbacks are repeated that the receiver does not take.
	Retry callback.Retry
}

// DefaultBehaviour is a well-behaved number: everything is told once, in order, within seconds, and messages are read.
func DefaultBehaviour() Behaviour {
	return Behaviour{
		Callbacks: true,
		AutoRead:  true,
		Lag: Lag{
			Sent: 400 * time.Millisecond, Delivered: 800 * time.Millisecond, Read: 1500 * time.Millisecond,
			Failed: 400 * time.Millisecond, Inbound: 200 * time.Millisecond,
		},
		Retry: callback.Retry{Attempts: 6, Backoff: 2 * time.Second},
	}
}

func (b *Behaviour) normalise() {
	if b.ShuffleWithin <= 0 {
		b.ShuffleWithin = 10 * time.Second
	}
	if b.BatchWithin <= 0 {
		b.BatchWithin = time.Second
	}
	if b.MessageStatus == "" {
		b.MessageStatus = "accepted"
	}
}

// app is an App with what has happened to it.
type app struct {
	App
	behaviour Behaviour
	waba      *waba
	override  string
	inbound   map[string]time.Time
	sends     chaos.Tally
}

// waba is a business account.
type waba struct {
	id        string
	numbers   []string
	templates map[string]*compiled
	order     []string
	// subs are the callback addresses of subscribed Meta apps, by app secret; empty for the app's own.
	subs map[string]string
	// orders are the states of orders to be paid, by reference.
	orders map[string]string
}

var (
	idShape     = regexp.MustCompile(`^[1-9][0-9]{5,19}$`)
	phoneShape  = regexp.MustCompile(`^[1-9][0-9]{7,14}$`)
	nameShape   = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	localeShape = regexp.MustCompile(`^[a-z]{2,3}(_[A-Z]{2})?$`)
)

func (a *App) validate() error {
	switch {
	case !idShape.MatchString(a.ID) || !idShape.MatchString(a.WABAID):
		return fmt.Errorf("%w: phone number id and business account id are 6 to 20 digits", ErrInvalidApp)
	case !phoneShape.MatchString(a.Phone):
		return fmt.Errorf("%w: the phone is not 8 to 15 digits", ErrInvalidApp)
	case a.Token == "":
		return fmt.Errorf("%w: the access token is empty", ErrInvalidApp)
	}
	return nil
}

// AddApp registers a number with [DefaultBehaviour]. The error wraps [ErrInvalidApp] or [ErrInvalidTemplate].
func (s *Server) AddApp(a App) error {
	if err := a.validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.apps[a.ID] != nil || s.wabas[a.ID] != nil || s.apps[a.WABAID] != nil {
		return fmt.Errorf("%w: id is taken", ErrInvalidApp)
	}
	w := s.wabas[a.WABAID]
	if w == nil {
		w = &waba{id: a.WABAID, templates: map[string]*compiled{}, subs: map[string]string{}, orders: map[string]string{}}
	}
	for i := range a.Templates {
		if err := w.put(&a.Templates[i]); err != nil {
			return err
		}
	}
	if a.Status == "" {
		a.Status = "CONNECTED"
	}
	if a.CanSend == "" {
		a.CanSend = "AVAILABLE"
	}
	reg := &app{App: a, behaviour: DefaultBehaviour(), waba: w, inbound: map[string]time.Time{}}
	reg.behaviour.normalise()
	w.numbers = append(w.numbers, a.ID)
	s.wabas[a.WABAID], s.apps[a.ID] = w, reg
	s.cfg.Handset.Register(a.ID, s)
	return nil
}

func (w *waba) put(t *Template) error {
	c, err := compile(t)
	if err != nil {
		return err
	}
	if w.templates[t.ID] == nil {
		w.order = append(w.order, t.ID)
	}
	w.templates[t.ID] = c
	return nil
}

// change runs f on the app of that id with the server locked.
func (s *Server) change(appID string, f func(a *app) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[appID]
	if a == nil {
		return ErrUnknownApp
	}
	return f(a)
}

// PutTemplate adds a template to an app's business account or replaces the one with its id, without telling anyone.
func (s *Server) PutTemplate(appID string, t Template) error {
	return s.change(appID, func(a *app) error { return a.waba.put(&t) })
}

// SetToken replaces an app's access token: the old one answers 190 from now on, unless another app has it.
func (s *Server) SetToken(appID, token string) error {
	return s.change(appID, func(a *app) error {
		a.Token = token
		return nil
	})
}

// SetHealth sets what the number says of itself: its status, and whether it can send (AVAILABLE, LIMITED, BLOCKED).
func (s *Server) SetHealth(appID, status, canSend string) error {
	return s.change(appID, func(a *app) error {
		a.Status, a.CanSend = status, canSend
		return nil
	})
}

// Behaviour is how the app behaves now.
func (s *Server) Behaviour(appID string) (b Behaviour, err error) {
	err = s.change(appID, func(a *app) error {
		b = a.behaviour
		return nil
	})
	return b, err
}

// SetBehaviour changes how the app behaves from the next message on.
func (s *Server) SetBehaviour(appID string, b Behaviour) error {
	return s.change(appID, func(a *app) error {
		b.normalise()
		a.behaviour = b
		return nil
	})
}
