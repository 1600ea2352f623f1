package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// fields are the members of a JSON object.
type fields = map[string]any

// decoded reads a JSON object; nil if it is none.
func decoded(body []byte) (f fields) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()

	if d.Decode(&f) != nil {
		return nil
	}

	return f
}

// encoded returns a JSON object; the members stand in the order of their names.
func encoded(f fields) []byte {
	body, err := json.Marshal(f)
	if err != nil {
		panic(err) // it was read from JSON
	}

	return body
}

// objects returns the objects of a list.
func objects(list any) []fields {
	var all []fields

	items, _ := list.([]any)
	for _, item := range items {
		if f, ok := item.(fields); ok {
			all = append(all, f)
		}
	}

	return all
}

// shopperAt returns the shopper whom app i's provider knows by a number, in either spelling.
func (w *World) shopperAt(app int, number string) (Shopper, bool) {
	for _, b := range w.plan.Brands {
		if b.Sender != app {
			continue
		}

		for _, s := range b.Shoppers {
			if s.Phone == number || s.called() == number {
				return s, true
			}
		}
	}

	return Shopper{}, false
}

// reported is how reports spell the shopper's number.
func (s Shopper) reported() string {
	if s.Ordered {
		return s.Phone
	}

	return s.called()
}

// hides reports whether reports may leave out the number.
func (s Shopper) hides() bool { return s.Hidden && s.UserID != "" && !s.Untold }

// spelled returns a callback of a simulator with the shopper's number and user id as the plan has the provider tell them.
func (w *World) spelled(cb simulator.Callback, app int) simulator.Callback {
	f := decoded(cb.Body)
	if f == nil || cb.MessageID == "" {
		return cb
	}

	a := w.plan.Apps[app]

	switch {
	case a.Provider == gupshup.Name && a.Version == 2:
		w.spellV2(f, app)
	case a.Provider == kaleyra.Name:
		w.spellFlat(f, app)
	default:
		for _, value := range valuesOf(f) {
			w.spellMeta(value, app)
		}
	}

	cb.Body = encoded(f)
	cb.Header = w.signature(app, cb.Body)

	return cb
}

// valuesOf returns the values of Meta's envelope.
func valuesOf(f fields) []fields {
	var all []fields
	for _, entry := range objects(f["entry"]) {
		for _, change := range objects(entry["changes"]) {
			if value, ok := change["value"].(fields); ok {
				all = append(all, value)
			}
		}
	}

	return all
}

// spellMeta spells the shopper of one of Meta's values. What a shopper writes names the number that it comes from; whether it names
// the number at all is up to who words it.
func (w *World) spellMeta(value fields, app int) {
	for _, status := range objects(value["statuses"]) {
		w.spell(status, "recipient_id", "recipient_user_id", app)
	}

	for _, contact := range objects(value["contacts"]) {
		if _, report := value["statuses"]; report {
			w.spell(contact, "wa_id", "user_id", app)
		} else {
			delete(contact, "user_id")
		}
	}

	for _, message := range objects(value["messages"]) {
		delete(message, "from_user_id")
	}
}

// spell spells a shopper whom two fields name, by number and by user id. Only Meta may leave out the number: at others a report without
// it and without our reference would be of nobody.
func (w *World) spell(f fields, number, userID string, app int) {
	digits, _ := f[number].(string)

	s, ok := w.shopperAt(app, digits)
	if !ok {
		return
	}

	f[number] = s.reported()
	if s.hides() && w.plan.Apps[app].Provider == meta.Name {
		delete(f, number)
	}

	delete(f, userID)
	if s.UserID != "" && !s.Untold {
		f[userID] = s.UserID
	}
}

// spellV2 spells the shopper of a report of Gupshup's version 2.
func (w *World) spellV2(f fields, app int) {
	if payload, ok := f["payload"].(fields); ok && f["type"] == "message-event" {
		w.spell(payload, "destination", "userId", app)
	}
}

// spellFlat spells the shopper of a report of Kaleyra's, whose one variable has a user id in the place of a number that is hidden.
func (w *World) spellFlat(f fields, app int) {
	digits, _ := f["mobile"].(string)

	s, ok := w.shopperAt(app, digits)
	if !ok || f["status"] == "" {
		return
	}

	f["mobile"] = s.reported()
	if s.hides() {
		f["mobile"] = s.UserID
	}
}

// spellAnswer spells the shopper in Meta's answer to a post.
func (w *World) spellAnswer(path string, rec *httptest.ResponseRecorder) {
	if rec.Code != http.StatusOK || !strings.HasPrefix(path, "/sim/"+meta.Name+"/") || !strings.HasSuffix(path, "/messages") {
		return
	}

	f := decoded(rec.Body.Bytes())
	for i := range w.plan.Apps {
		for _, contact := range objects(f["contacts"]) {
			if strings.Contains(path, w.vendor(i).simulated) {
				w.spell(contact, "wa_id", "user_id", i)
			}
		}
	}

	if f != nil {
		rec.Body = bytes.NewBuffer(encoded(f))
	}
}

// afterAll returns the report that a message was delivered of which the provider said that the number is not on WhatsApp: Meta's does
// come. ok is false for most.
func (w *World) afterAll(cb simulator.Callback, app int, name string) (late simulator.Callback, ok bool) {
	if cb.Kind != "failed" || !refusesNumber(cb.Body) || drawn(w.plan.Seed, 3, "after all", name) != 0 {
		return late, false
	}

	state := []string{"delivered", "read"}[drawn(w.plan.Seed, 2, "read after all", name)]
	wait := time.Duration(drawn(w.plan.Seed, int64(4*time.Minute), "delivered after all", name))

	late = cb
	late.Kind, late.Planned = state, cb.Planned.Add(wait)

	f, at := decoded(cb.Body), late.Planned
	a := w.plan.Apps[app]

	switch {
	case a.Provider == kaleyra.Name:
		f["status"], f["timestamp"], f["error"], f["error_code"] = strings.ToUpper(state), fmt.Sprint(at.Unix()), "", ""
	case a.Provider == gupshup.Name && a.Version == 2:
		payload, _ := f["payload"].(fields)
		payload["type"], payload["payload"] = state, fields{"ts": at.Unix()}
		f["timestamp"] = at.UnixMilli()
	default:
		for _, value := range valuesOf(f) {
			for _, status := range objects(value["statuses"]) {
				status["status"], status["timestamp"] = state, strconv.FormatInt(at.Unix(), 10)
				delete(status, "errors")
			}
		}
	}

	late.Body = encoded(f)
	late.Header = w.signature(app, late.Body)

	return late, true
}

// refusesNumber reports whether a report says that the number is not on WhatsApp.
func refusesNumber(body []byte) bool {
	return bytes.Contains(body, []byte("131026")) || bytes.Contains(body, []byte(`"code":1002`))
}
