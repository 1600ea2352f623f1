package meta

import (
	"fmt"
	"regexp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
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
	// CallbackURL is the Meta app's own callback, which overrides go before, and Fields the fields of webhooks that it subscribes. An app with
	// neither has no subscription of WhatsApp accounts yet. Callbacks come of all fields.
	CallbackURL string
	Fields      []string
	// Templates are added to those of the business account.
	Templates []Template
	// Status is the number's, "CONNECTED" unless set; CanSend what its health says, "AVAILABLE" unless set.
	Status, CanSend string
}

// Behaviour is how a number's messages and callbacks behave. The zero value sends no callbacks.
type Behaviour struct {
	tenant.Behaviour

	// SkipDelivered leaves out the report of delivery where one of reading follows
	// (shared/provider/cloudapi/CONTRACT.md section 4.1).
	SkipDelivered bool
	// Batch puts up to so many updates into one callback, gathered for BatchWithin, 1 s by default; less than 2 is none.
	Batch       int
	BatchWithin time.Duration
	// OmitRef leaves our reference out of statuses, which the real one never does.
	OmitRef bool
	// OmitPrice leaves the price out of statuses.
	OmitPrice bool
	// OmitContext leaves the context out of replies.
	OmitContext bool
	// HidePhone names shoppers by their user id alone (shared/provider/cloudapi/CONTRACT.md section 2.1).
	HidePhone bool
	// Spelled, if set, is the number by which shoppers are called in answers and statuses, whatever was sent to (shared/provider/meta/CONTRACT.md section 2.4).
	Spelled string
	// Conversation adds the conversation to sent, as before version 24.
	Conversation bool
	// Older posts the retired API's bare shape, unsigned, as a relay does (shared/provider/meta/CONTRACT.md section 6.4).
	Older bool
	// MessageStatus is the word in the answer to a template, "accepted" by default.
	MessageStatus string
	// NoMarketing has messages refuse marketing templates with 131063 before the date from which it always does.
	NoMarketing bool
	// RateStatus is the HTTP status of a send above RatePerSecond, which is refused with 130429: 400 by the table, and 429
	// as also seen.
	RateStatus int
}

// defaultBehaviour is a well-behaved number: everything is told once, in order, within seconds, and messages are read.
func defaultBehaviour() Behaviour {
	return Behaviour{Behaviour: tenant.Behaviour{
		Callbacks: true,
		AutoRead:  true,
		Lag: tenant.Lag{
			Sent:      400 * time.Millisecond,
			Delivered: 800 * time.Millisecond,
			Read:      1500 * time.Millisecond,
			Failed:    400 * time.Millisecond,
			Inbound:   200 * time.Millisecond,
		},
		Retry: callback.Retry{Attempts: 6, Backoff: 2 * time.Second},
	}}
}

// app is an App with what has happened to it.
type app struct {
	App
	tenant.State[Behaviour]

	waba     *waba
	override string
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
		return fmt.Errorf("%w: phone number id and business account id are 6 to 20 digits", tenant.ErrInvalidApp)
	case !phoneShape.MatchString(a.Phone):
		return fmt.Errorf("%w: the phone is not 8 to 15 digits", tenant.ErrInvalidApp)
	case a.Token == "":
		return fmt.Errorf("%w: the access token is empty", tenant.ErrInvalidApp)
	}

	return nil
}

// AddApp registers a number with callbacks on, told once and in order, and messages read. The error wraps [tenant.ErrInvalidApp] or [tenant.ErrInvalidTemplate].
func (s *Server) AddApp(a App) error {
	if err := a.validate(); err != nil {
		return err
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.apps[a.ID] != nil || s.wabas[a.ID] != nil || s.apps[a.WABAID] != nil {
		return fmt.Errorf("%w: id is taken", tenant.ErrInvalidApp)
	}

	w := s.wabas[a.WABAID]
	if w == nil {
		w = &waba{
			id:        a.WABAID,
			templates: map[string]*compiled{},
			subs:      map[string]string{},
			orders:    map[string]string{},
		}
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

	reg := &app{App: a, waba: w}
	reg.Behaviour = defaultBehaviour()

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

// PutTemplate adds a template to an app's business account or replaces the one with its id, without telling anyone.
func (s *Server) PutTemplate(appID string, t Template) error {
	return s.Change(appID, func(a *app) error { return a.waba.put(&t) })
}

// SetAppSecret gives the Meta app of a number another secret, by which its callbacks are signed from then on. The former one is of no use any
// more.
func (s *Server) SetAppSecret(appID, secret string) error {
	return s.Change(appID, func(a *app) error {
		if address, subscribed := a.waba.subs[a.AppSecret]; subscribed {
			delete(a.waba.subs, a.AppSecret)
			a.waba.subs[secret] = address
		}

		a.AppSecret = secret

		return nil
	})
}

// SetHealth sets what the number says of itself: its status, and whether it can send (AVAILABLE, LIMITED, BLOCKED).
func (s *Server) SetHealth(appID, status, canSend string) error {
	return s.Change(appID, func(a *app) error {
		a.Status, a.CanSend = status, canSend
		return nil
	})
}
