package gupshup

import (
	"fmt"
	"regexp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// App is one Gupshup app with its registered number.
type App struct {
	// ID is the app's UUID.
	ID string
	// Name is the app's name: 6 characters or more, letters and digits, unique
	// (shared/provider/gupshup/CONTRACT.md section 1.2).
	Name string
	// Phone is the registered number, digits only.
	Phone string
	// APIKey is the key of the account or of this app; several apps may share one.
	APIKey string
	// Templates are the app's templates.
	Templates []Template
	// WABAID and PhoneNumberID are Meta's ids, shown in profile and version 3 callbacks; they may be empty.
	WABAID, PhoneNumberID string
	// HideProfilePhone makes the business profile answer in the documented sample's shape, which has no number,
	// instead of the parameter table's (shared/provider/gupshup/CONTRACT.md section 4).
	HideProfilePhone bool
	// NotLive makes the subscription API answer 401, as for an app that is not live yet
	// (shared/provider/gupshup/CONTRACT.md section 5.3).
	NotLive bool
}

// The outer types that a template tap comes with: the documentation has both
// (shared/provider/gupshup/CONTRACT.md section 6.2).
const (
	// TapQuickReply is the older shape, "quick_reply".
	TapQuickReply = "quick_reply"
	// TapText is the newer shape, "text".
	TapText = "text"
	// TapAlternate takes turns, beginning with "quick_reply".
	TapAlternate = "alternate"
)

// Behaviour is how an app's messages and callbacks behave. The zero value sends no callbacks.
type Behaviour struct {
	tenant.Behaviour

	// OmitGsID leaves Gupshup's id out of sent, delivered, read, billing and the context of replies, as more than a week
	// after sending (shared/provider/gupshup/CONTRACT.md section 6.4).
	OmitGsID bool
	// OmitContext leaves the context out of replies.
	OmitContext bool
	// OmitPostback leaves the payload out of taps.
	OmitPostback bool
	// OmitPhone leaves out the optional top-level phone.
	OmitPhone bool
	// Conversation adds the conversation, optional since per-message pricing, to sent.
	Conversation bool
	// TextValues spells ts, code and billable as strings (shared/provider/gupshup/CONTRACT.md section 6.1).
	TextValues bool
	// TapShape is TapQuickReply (the default), TapText or TapAlternate.
	TapShape string
	// SuccessStatus is the word in the answer to a send, "submitted" by default; the documentation has "success" as well.
	SuccessStatus string
	// SuccessType is the content type of that answer, "text/html" by default.
	SuccessType string
	// WindowCode is the code of a session message's failure outside of the 24 hours; 131047 by default, 470 on old apps.
	WindowCode int
}

// DefaultBehaviour is a well-behaved app: everything is told once, in order, within seconds, and messages are read.
func DefaultBehaviour() Behaviour {
	return Behaviour{Behaviour: tenant.Behaviour{
		Callbacks: true,
		AutoRead:  true,
		Lag: tenant.Lag{
			Enqueued:  300 * time.Millisecond,
			Sent:      400 * time.Millisecond,
			Delivered: 800 * time.Millisecond,
			Read:      1500 * time.Millisecond,
			Failed:    400 * time.Millisecond,
			Billing:   100 * time.Millisecond,
			Inbound:   200 * time.Millisecond,
		},
		Retry: callback.Retry{Attempts: 6, Backoff: 2 * time.Second},
	}}
}

// app is an App with what has happened to it.
type app struct {
	App
	tenant.State[Behaviour]

	// nextKey is taken beside APIKey; empty if there is none.
	nextKey   string
	templates map[string]*compiled
	order     []string
	subs      []*subscription
	taps      int
}

var (
	uuidShape = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	nameShape = regexp.MustCompile(`^[A-Za-z0-9]{6,}$`)
	digits    = regexp.MustCompile(`^[1-9][0-9]{7,14}$`)
)

func (a *App) validate() error {
	switch {
	case !uuidShape.MatchString(a.ID):
		return fmt.Errorf("%w: the id is no UUID", tenant.ErrInvalidApp)
	case !nameShape.MatchString(a.Name):
		return fmt.Errorf("%w: the name needs 6 letters and digits or more", tenant.ErrInvalidApp)
	case !digits.MatchString(a.Phone):
		return fmt.Errorf("%w: the phone is not 8 to 15 digits", tenant.ErrInvalidApp)
	case a.APIKey == "":
		return fmt.Errorf("%w: the API key is empty", tenant.ErrInvalidApp)
	}

	return nil
}

// AddApp registers an app with [DefaultBehaviour]. The error wraps [tenant.ErrInvalidApp].
func (s *Server) AddApp(a App) error {
	if err := a.validate(); err != nil {
		return err
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.apps[a.ID] != nil || s.names[a.Name] != nil {
		return fmt.Errorf("%w: id or name is taken", tenant.ErrInvalidApp)
	}

	reg := &app{App: a, templates: map[string]*compiled{}}

	reg.Behaviour, reg.Templates = DefaultBehaviour(), nil
	for i := range a.Templates {
		if err := reg.put(&a.Templates[i]); err != nil {
			return err
		}
	}

	s.apps[a.ID], s.names[a.Name] = reg, reg
	s.keys[a.APIKey]++
	s.cfg.Handset.Register(a.ID, s)

	return nil
}

func (a *app) put(t *Template) error {
	own := *t
	own.AppID = a.ID
	if own.WABAID == "" {
		own.WABAID = a.WABAID
	}

	c, err := compile(&own)
	if err != nil {
		return err
	}

	if a.templates[t.ID] == nil {
		a.order = append(a.order, t.ID)
	}

	a.templates[t.ID] = c

	return nil
}

// PutTemplate adds a template to an app or replaces the one with its id, without telling anyone.
func (s *Server) PutTemplate(appID string, t Template) error {
	return s.Change(appID, func(a *app) error { return a.put(&t) })
}

// SetAPIKey replaces an app's key: the old one answers 401 from now on, unless another app has it.
func (s *Server) SetAPIKey(appID, key string) error {
	return s.Change(appID, func(a *app) error {
		if key == "" {
			return tenant.ErrUnknownApp
		}
		s.keys[a.APIKey]--
		s.keys[a.nextKey]--
		a.APIKey, a.nextKey = key, ""
		s.keys[key]++

		return nil
	})
}

// AddAPIKey has an app take a key beside its own, until SetAPIKey ends both or replaces one by the other.
func (s *Server) AddAPIKey(appID, key string) error {
	return s.Change(appID, func(a *app) error {
		if key == "" {
			return tenant.ErrUnknownApp
		}
		s.keys[a.nextKey]--
		a.nextKey = key
		s.keys[key]++

		return nil
	})
}

// takes reports whether a key is the app's.
func (a *app) takes(key string) bool { return key != "" && (key == a.APIKey || key == a.nextKey) }
