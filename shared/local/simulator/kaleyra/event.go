package kaleyra

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/wire"
)

type object = wire.Object

var variable = regexp.MustCompile(`<[a-z0-9_]+>`)

// fillIn puts values for the variables of the callback profile, escaped for the JSON text that they stand in.
func (a *app) fillIn(values map[string]string) []byte {
	return variable.ReplaceAllFunc(a.Callback.Body, func(hit []byte) []byte {
		value := values[string(hit[1:len(hit)-1])]
		if value == "" && a.Behaviour.Literals {
			return hit
		}

		quoted, err := json.Marshal(value)
		if err != nil {
			return nil
		}

		return quoted[1 : len(quoted)-1]
	})
}

// statusBody is the callback that the message reached a state (shared/provider/kaleyra/CONTRACT.md section 5.2).
func (m *message) statusBody(state string, at time.Time) []byte {
	b := &m.app.Behaviour
	if b.MetaShape {
		return m.metaStatus(state, at)
	}

	word := strings.ToUpper(state)
	if b.LowerCase {
		word = state
	}

	id := m.ID
	if !b.PlainID {
		id += ":0"
	}

	values := map[string]string{
		"id": id, "status": word, "timestamp": strconv.FormatInt(at.Unix(), 10), "mobile": m.To,
		"phone_number": m.app.Number, "ref": m.ref, "ref1": m.ref1, "ref2": m.ref2,
	}

	if b.OmitRef {
		delete(values, "ref")
	}

	if b.OmitID {
		delete(values, "id")
	}

	switch state {
	case "failed":
		values["error"], values["error_code"] = reasonOf(m.fail), m.fail
	case "delivered":
		values["price"] = b.Price
	}

	return m.app.fillIn(values)
}

// metaStatus is Meta's own report, as the older examples of Kaleyra's page pass it on.
func (m *message) metaStatus(state string, at time.Time) []byte {
	status := object{
		"id": m.ID, "recipient_id": m.To, "status": state, "timestamp": strconv.FormatInt(at.Unix(), 10),
	}
	if state == "failed" {
		code, err := strconv.Atoi(m.fail)
		if err == nil {
			status["errors"] = []object{{"code": code, "title": reasonOf(m.fail)}}
		}
	}

	if m.app.Behaviour.OmitID {
		delete(status, "id")
	}

	out := object{"statuses": []object{status}}
	if !m.app.Behaviour.OmitRef {
		out["ref"] = m.ref
	}

	return out.Marshal()
}
