package lab

import (
	"context"
	"errors"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// phoneOf returns the number that the request's path names.
func phoneOf(r *http.Request) (phone.Number, error) {
	n, err := phone.Parse(r.PathValue("phone"), "")
	if err != nil {
		return phone.Number{}, fault.Field("phone", "is not a phone number")
	}
	return n, nil
}

// getInbox answers with what a simulated phone shows, oldest message first.
func (l *Lab) getInbox(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	n, err := phoneOf(r)
	if err != nil {
		return err
	}

	messages := l.Simulator.Phones().Inbox(n.Digits())
	if messages == nil {
		messages = []simulator.Message{}
	}

	return httpx.WriteJSON(rw, http.StatusOK, messages)
}

// phone answers with how a simulated phone is set, after setting it (PUT).
func (l *Lab) phone(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet, http.MethodPut); err != nil {
		return err
	}

	n, err := phoneOf(r)
	if err != nil {
		return err
	}

	if r.Method == http.MethodPut {
		var wanted handset.Settings
		if err = readStrict(rw, r, &wanted, settingsKeys); err != nil {
			return err
		}

		l.Simulator.Phones().Set(n.Digits(), wanted)
	}

	return httpx.WriteJSON(rw, http.StatusOK, l.Simulator.Phones().Settings(n.Digits()))
}

// settingsKeys are the keys of a phone's settings.
const settingsKeys = "off, noReadReceipts, hideNumber, agent"

// getThread answers with the conversation as a simulated phone shows it, oldest first.
func (l *Lab) getThread(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	n, err := phoneOf(r)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusOK, l.Simulator.Phones().Thread(n.Digits()))
}

// getBot answers with what the simulated BusinessOnBot received, oldest first.
func (l *Lab) getBot(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}
	return httpx.WriteJSON(rw, http.StatusOK, l.Simulator.BusinessOnBot().Inbox())
}

// postReply has a shopper answer on the simulated phone.
func (l *Lab) postReply(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodPost); err != nil {
		return err
	}

	n, err := phoneOf(r)
	if err != nil {
		return err
	}

	var reply simulator.Reply
	if err = readStrict(rw, r, &reply, replyKeys); err != nil {
		return err
	}

	if reply.App != "" {
		if reply.App, err = l.simulated(r.Context(), reply.App); err != nil {
			return err
		}
	}

	id, err := l.Simulator.Phones().Reply(n.Digits(), reply)
	if err != nil {
		return fault.Field(faultyField(err), err.Error())
	}

	return httpx.WriteJSON(rw, http.StatusAccepted, map[string]string{"id": id})
}

// replyKeys are the keys of a shopper's answer.
const replyKeys = "text, button, to, kind, app, name, latitude, longitude, place, catalogId, items, product, hideNumber, standby"

// errFound ends a search.
var errFound = errors.New("found")

// simulated returns the name by which the simulators know an app, given by its id or by that name.
func (l *Lab) simulated(ctx context.Context, id string) (string, error) {
	phones := l.Simulator.Phones()
	if phones.Registered(id) {
		return id, nil
	}

	name := ""
	err := l.eachAccount(ctx, func(_ context.Context, a account.Account) error {
		app, _ := a.App(id)
		for _, own := range app.ProviderIDs {
			if phones.Registered(own) {
				name = own
				return errFound
			}
		}

		return nil
	})

	switch {
	case errors.Is(err, errFound):
		return name, nil
	case err != nil:
		return "", err
	default:
		return "", fault.Field("app", named(id)+" is none of the apps of /local/apps that write to phones")
	}
}

// faultyField returns the field of a reply that an error of the simulator is about.
func faultyField(err error) string {
	if f, ok := errors.AsType[*handset.FieldError](err); ok {
		return f.Field
	}

	switch {
	case errors.Is(err, handset.ErrOff):
		return "phone"
	case errors.Is(err, handset.ErrUnknownButton):
		return "button"
	case errors.Is(err, handset.ErrNoConversation), errors.Is(err, handset.ErrUnknownApp):
		return "app"
	case errors.Is(err, handset.ErrInvalidReply):
		return "text"
	case errors.Is(err, handset.ErrUnknownKind):
		return "kind"
	default:
		return "to"
	}
}
