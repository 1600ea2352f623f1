package kaleyra

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// Errors about the simulator's own set-up; compare with errors.Is.
var (
	// ErrInvalidApp means that an app lacks something or repeats what another has.
	ErrInvalidApp = errors.New("invalid simulated app")
	// ErrUnknownApp means that no app has that id.
	ErrUnknownApp = errors.New("no such simulated app")
	// ErrUnknownTemplate means that the app has no template of that name and language.
	ErrUnknownTemplate = errors.New("no such simulated template")
)

// App is one sender number of a Kaleyra account.
type App struct {
	// ID is ours, for faults, phones and records: Kaleyra knows SID and number only. It is unique over all systems.
	ID string
	// SID is the account's id, APIKey its key; several apps may share both.
	SID, APIKey string
	// Number is the sender, digits only.
	Number string
	// WABAID is the WhatsApp business account, whose templates these are.
	WABAID    string
	Templates []Template
	// Version1 says that the number was set up for the older API, so that version 2 refuses it.
	Version1 bool
	// NoAccess says that Kaleyra has not opened the API for the account.
	NoAccess bool
	// Callback is the profile that callbacks are made of.
	Callback Profile
}

// Profile is a callback profile as it is set up in Kaleyra's console.
type Profile struct {
	// URL is the endpoint; none means that nothing is told, or only held.
	URL string
	// Header is sent along.
	Header http.Header
	// Body is the template of the body: JSON with variables such as <status>.
	Body []byte
}

// Lag is how long after the event before it each event happens. Callbacks are posted when their event happens.
type Lag struct {
	// Sent, Delivered and Read follow acceptance and each other in this order; Failed follows acceptance.
	Sent, Delivered, Read, Failed time.Duration
	// Inbound follows the shopper's reply.
	Inbound time.Duration
}

// The forms in which a shopper's message comes: nothing tells which one Kaleyra uses.
const (
	// FormFlat fills the variables of the profile.
	FormFlat = "flat"
	// FormMessage fills them as well, and puts Meta's message as JSON into the variable message.
	FormMessage = "message"
	// FormMeta posts Meta's own shape instead of the profile.
	FormMeta = "meta"
)

// Behaviour is how an app's messages and callbacks behave. The zero value sends no callbacks.
type Behaviour struct {
	// Callbacks are sent at all.
	Callbacks bool
	// Hold keeps callbacks until they are released by hand; a message's state then moves when its callback is released.
	Hold bool
	// Lag is the time between the events.
	Lag Lag
	// AutoRead lets the shopper read every delivered message.
	AutoRead bool
	// Duplicate is how many extra copies of each callback are posted, each DuplicateLag after the one before.
	Duplicate    int
	DuplicateLag time.Duration
	// Shuffle posts callbacks about a message at random times between acceptance and ShuffleWithin.
	Shuffle       bool
	ShuffleWithin time.Duration
	// LowerCase spells statuses as the documents' sample does, "delivered", and not as their table, "DELIVERED".
	LowerCase bool
	// Literals leaves variables without a value as they are, "<ref1>", instead of empty.
	Literals bool
	// PlainID leaves away the counter behind the id in callbacks, "<id>:0".
	PlainID bool
	// OmitRef leaves out our reference, OmitID Kaleyra's own id of the message.
	OmitRef, OmitID bool
	// MetaShape posts Meta's statuses instead of the profile.
	MetaShape bool
	// Price is told when a message is delivered, as for postpaid accounts; empty for none.
	Price string
	// InboundForm is FormFlat (the default), FormMessage or FormMeta.
	InboundForm string
	// WrongSecret sends the callbacks with another value in each header, as somebody else would.
	WrongSecret bool
	// RatePerSecond answers 429 to sends above this rate, PerDay WAV2101 above that number since the start; 0 is no limit.
	RatePerSecond, PerDay int
	// Retry is how often callbacks are repeated that the receiver does not take. Kaleyra documents none.
	Retry callback.Retry
}

// DefaultBehaviour is a well-behaved app: everything is told once, in order, within seconds, and messages are read.
func DefaultBehaviour() Behaviour {
	return Behaviour{
		Callbacks: true,
		AutoRead:  true,
		Lag: Lag{
			Sent: 600 * time.Millisecond, Delivered: 800 * time.Millisecond, Read: 1500 * time.Millisecond,
			Failed: 600 * time.Millisecond, Inbound: 200 * time.Millisecond,
		},
		Retry: callback.Retry{Attempts: 4, Backoff: 2 * time.Second},
	}
}

func (b *Behaviour) normalise() {
	if b.InboundForm == "" {
		b.InboundForm = FormFlat
	}
	if b.ShuffleWithin <= 0 {
		b.ShuffleWithin = 10 * time.Second
	}
}

// app is an App with what has happened to it.
type app struct {
	App
	behaviour Behaviour
	templates []*compiled
	inbound   map[string]time.Time
	// orders are the references of order_details messages with the last status told.
	orders map[string]string
	sends  chaos.Tally
	total  int
}

var (
	sidShape = regexp.MustCompile(`^[A-Z0-9]{6,}$`)
	digits   = regexp.MustCompile(`^[1-9][0-9]{7,14}$`)
)

func (a *App) validate() error {
	switch {
	case a.ID == "":
		return fmt.Errorf("%w: the id is empty", ErrInvalidApp)
	case !sidShape.MatchString(a.SID):
		return fmt.Errorf("%w: the SID needs 6 capital letters and digits or more", ErrInvalidApp)
	case !digits.MatchString(a.Number):
		return fmt.Errorf("%w: the number is not 8 to 15 digits", ErrInvalidApp)
	case a.APIKey == "" || a.WABAID == "":
		return fmt.Errorf("%w: API key and WhatsApp business account are required", ErrInvalidApp)
	}
	return nil
}

// AddApp registers an app with [DefaultBehaviour]. The error wraps [ErrInvalidApp] or [ErrInvalidTemplate].
func (s *Server) AddApp(a App) error {
	if err := a.validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.apps {
		if other.ID == a.ID || other.Number == a.Number {
			return fmt.Errorf("%w: id or number is taken", ErrInvalidApp)
		}
	}
	reg := &app{App: a, behaviour: DefaultBehaviour(), inbound: map[string]time.Time{}, orders: map[string]string{}}
	reg.behaviour.normalise()
	reg.Templates = nil
	for _, t := range a.Templates {
		if err := reg.put(t); err != nil {
			return err
		}
	}
	s.apps[a.ID] = reg
	s.cfg.Handset.Register(a.ID, s)
	return nil
}

// change does something to an app.
func (s *Server) change(appID string, do func(a *app) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[appID]
	if a == nil {
		return ErrUnknownApp
	}
	return do(a)
}

// PutTemplate adds a template to an app or replaces the one of its name and language, without telling anyone.
func (s *Server) PutTemplate(appID string, t Template) error {
	return s.change(appID, func(a *app) error { return a.put(t) })
}

// SetAPIKey replaces an app's key: the old one answers 401 from now on, unless another app of the account has it.
func (s *Server) SetAPIKey(appID, key string) error {
	return s.change(appID, func(a *app) error {
		a.APIKey = key
		return nil
	})
}

// SetCallback replaces an app's callback profile, for callbacks that are made from now on.
func (s *Server) SetCallback(appID string, p Profile) error {
	return s.change(appID, func(a *app) error {
		a.Callback = p
		return nil
	})
}

// AddOrder says that an order_details message with this reference was sent, which order_status messages need.
func (s *Server) AddOrder(appID, reference string) error {
	return s.change(appID, func(a *app) error {
		a.orders[reference] = ""
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
