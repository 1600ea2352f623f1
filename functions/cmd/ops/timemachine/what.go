package timemachine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// whatIf is a file of other settings: what it does not have stays as it was. It uses the words of the workspace API.
type whatIf struct {
	ConsentMode       *account.ConsentMode          `json:"consentMode"`
	MaxAgeSeconds     *int64                        `json:"maxAgeSeconds"`
	MarkupBasisPoints *int                          `json:"markupBasisPoints"`
	Sender            *string                       `json:"sender"`
	QuietHours        *quietHours                   `json:"quietHours"`
	Notifications     map[string]whatIfNotification `json:"notifications"`
}

type quietHours struct {
	Enabled bool     `json:"enabled"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Exempt  []string `json:"exempt"`
}

type whatIfNotification struct {
	Enabled       *bool   `json:"enabled"`
	Template      *string `json:"template"`
	MaxAgeSeconds *int64  `json:"maxAgeSeconds"`
	// Values fill the template's placeholders, in their order.
	Values []struct {
		Variable string `json:"variable"`
		Text     string `json:"text"`
	} `json:"values"`
}

// ReadChange reads a file of other settings, and returns what changes an account so.
func ReadChange(text []byte) (func(a account.Account) (account.Account, error), error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()

	var w whatIf
	if err := d.Decode(&w); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one JSON object")
	}

	for _, kind := range slices.Sorted(maps.Keys(w.Notifications)) {
		parsed, _ := order.ParseKind(kind)
		if _, known := order.Lookup(parsed); !known {
			return nil, fmt.Errorf("notifications: there is no event %q", kind)
		}
	}

	if w.QuietHours != nil {
		if err := account.QuietHours(*w.QuietHours).Check("quietHours"); err != nil {
			return nil, err
		}
	}

	return w.change, nil
}

// change returns an account with the other settings.
func (w whatIf) change(a account.Account) (account.Account, error) {
	if w.ConsentMode != nil {
		a.ConsentMode = *w.ConsentMode
	}
	if w.MaxAgeSeconds != nil {
		a.MaxAge = time.Duration(*w.MaxAgeSeconds) * time.Second
	}
	if w.MarkupBasisPoints != nil {
		a.MarkupBasisPoints = *w.MarkupBasisPoints
	}
	if w.QuietHours != nil {
		quiet := account.QuietHours(*w.QuietHours)
		a.Quiet = &quiet
	}
	if w.Sender != nil {
		if _, installed := a.App(*w.Sender); !installed {
			return account.Account{}, fmt.Errorf("sender: the account had no app %q in version %d of its settings", *w.Sender, a.Version)
		}

		a.Sender = *w.Sender
	}

	a.Events = maps.Clone(a.Events)
	if a.Events == nil {
		a.Events = map[string]account.Event{}
	}

	for kind, n := range w.Notifications {
		a.Events[kind] = n.change(a.Events[kind])
	}

	if a.Apps[a.Sender].Ownership == message.Platform {
		a.Choices = w.agreed(a)
	}

	return a, nil
}

// agreed returns an account's choices with a consent to the charges of the events that the file sets: whether the brand would give it is not the
// question.
func (w whatIf) agreed(a account.Account) map[string]map[string]account.Choice {
	choices := maps.Clone(a.Choices)
	if choices == nil {
		choices = map[string]map[string]account.Choice{}
	}

	ofSender := maps.Clone(choices[a.Sender])
	if ofSender == nil {
		ofSender = map[string]account.Choice{}
	}

	for kind := range w.Notifications {
		if !a.Agreed(a.Sender, kind, "") {
			c := ofSender[kind]
			c.Charges = &account.ChargeConsent{
				By:          "replay",
				At:          time.Unix(1, 0),
				TextVersion: "replay",
				Price:       a.Apps[a.Sender].Currency() + " 0",
			}
			ofSender[kind] = c
		}
	}

	choices[a.Sender] = ofSender

	return choices
}

// change returns how an event is told with the other settings.
func (n whatIfNotification) change(e account.Event) account.Event {
	if n.Enabled != nil {
		e.Enabled = *n.Enabled
	}
	if n.Template != nil {
		e.TemplateID = *n.Template
	}
	if n.MaxAgeSeconds != nil {
		e.MaxAge = time.Duration(*n.MaxAgeSeconds) * time.Second
	}
	if n.Values == nil {
		return e
	}

	e.Filling.Variables, e.Filling.Texts, e.Filling.Names, e.Filling.Copy = nil, nil, nil, ""

	texts := make([]string, len(n.Values))
	for i, v := range n.Values {
		e.Filling.Variables = append(e.Filling.Variables, v.Variable)
		texts[i] = v.Text
	}

	if strings.Join(texts, "") != "" {
		e.Filling.Texts = texts
	}

	return e
}
