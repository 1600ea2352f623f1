package kaleyra

import (
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
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

// The forms in which a shopper's message comes: the documents do not say which one Kaleyra uses.
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
	tenant.Behaviour

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
	// PerDay answers WAV2101 to sends above that number since the start; 0 is no limit.
	PerDay int
}

// DefaultBehaviour is a well-behaved app: everything is told once, in order, within seconds, and messages are read.
func DefaultBehaviour() Behaviour {
	return Behaviour{InboundForm: FormFlat, Behaviour: tenant.Behaviour{
		Callbacks: true,
		AutoRead:  true,
		Lag: tenant.Lag{
			Sent:      600 * time.Millisecond,
			Delivered: 800 * time.Millisecond,
			Read:      1500 * time.Millisecond,
			Failed:    600 * time.Millisecond,
			Inbound:   200 * time.Millisecond,
		},
		Retry: callback.Retry{Attempts: 4, Backoff: 2 * time.Second}, // Kaleyra documents none
	}}
}

// app is an App with what has happened to it.
type app struct {
	App
	tenant.State[Behaviour]

	templates []*compiled
	// orders are the references of order_details messages with the last status told.
	orders map[string]string
	total  int
}

var (
	sidShape = regexp.MustCompile(`^[A-Z0-9]{6,}$`)
	digits   = regexp.MustCompile(`^[1-9][0-9]{7,14}$`)
)

func (a *App) validate() error {
	switch {
	case a.ID == "":
		return fmt.Errorf("%w: the id is empty", tenant.ErrInvalidApp)
	case !sidShape.MatchString(a.SID):
		return fmt.Errorf("%w: the SID needs 6 capital letters and digits or more", tenant.ErrInvalidApp)
	case !digits.MatchString(a.Number):
		return fmt.Errorf("%w: the number is not 8 to 15 digits", tenant.ErrInvalidApp)
	case a.APIKey == "" || a.WABAID == "":
		return fmt.Errorf("%w: API key and WhatsApp business account are required", tenant.ErrInvalidApp)
	}

	return nil
}

// AddApp registers an app with [DefaultBehaviour]. The error wraps [tenant.ErrInvalidApp] or [tenant.ErrInvalidTemplate].
func (s *Server) AddApp(a App) error {
	if err := a.validate(); err != nil {
		return err
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	for _, other := range s.apps {
		if other.ID == a.ID || other.Number == a.Number {
			return fmt.Errorf("%w: id or number is taken", tenant.ErrInvalidApp)
		}
	}

	reg := &app{App: a, orders: map[string]string{}}

	reg.Behaviour, reg.Templates = DefaultBehaviour(), nil
	for _, t := range a.Templates {
		if err := reg.put(t); err != nil {
			return err
		}
	}

	s.apps[a.ID] = reg
	s.cfg.Handset.Register(a.ID, s)

	return nil
}

// PutTemplate adds a template to an app or replaces the one of its name and language, without telling anyone.
func (s *Server) PutTemplate(appID string, t Template) error {
	return s.Change(appID, func(a *app) error { return a.put(t) })
}

// SetCallback replaces an app's callback profile, for callbacks that are made from now on.
func (s *Server) SetCallback(appID string, p Profile) error {
	return s.Change(appID, func(a *app) error {
		a.Callback = p
		return nil
	})
}

// AddOrder says that an order_details message with this reference was sent, which order_status messages need.
func (s *Server) AddOrder(appID, reference string) error {
	return s.Change(appID, func(a *app) error {
		a.orders[reference] = ""
		return nil
	})
}
