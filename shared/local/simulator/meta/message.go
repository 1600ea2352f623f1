package meta

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// message is one accepted message.
type message struct {
	tenant.Message

	app     *app
	ref     string
	filled  *filling
	text    string
	replies []choice
	fail    int
	// marketing says that it came by the route for marketing templates.
	marketing bool
}

// choice is a reply button of a session message.
type choice struct{ id, title string }

// Show is the message on the shopper's phone.
func (m *message) Show(now time.Time) handset.Message {
	out := handset.Message{ID: m.ID, Text: m.text, Buttons: []string{}}
	for _, r := range m.replies {
		out.Buttons = append(out.Buttons, r.title)
	}

	if m.filled != nil {
		out.Text, out.Buttons, out.Template = m.filled.rendered(), m.filled.t.labels(), m.filled.t.Name
	}

	m.ShowState(&out, now)

	return out
}

// category is the word for it in reports, another one of what came by the route for marketing templates (shared/provider/meta/CONTRACT.md
// section 2.6).
func (m *message) category() string {
	switch {
	case m.filled == nil:
		return "service"
	case m.marketing:
		return "marketing_lite"
	}

	return strings.ToLower(m.filled.t.Category)
}

// plan lays down the course of the message and hands the callbacks about it on. Call with mu held.
func (s *Server) plan(m *message) {
	b := &m.app.Behaviour
	m.Proceed(&b.Behaviour, m.fail != 0)

	m.Report(&s.cfg, func(stage int) { s.tell(m, stage) })
}

// tell hands the callback about stage i on. Call with mu held.
func (s *Server) tell(m *message, i int) {
	state, at, b := m.Course[i].State, m.Course[i].At, &m.app.Behaviour
	if !b.Callbacks || state == "delivered" && b.SkipDelivered && m.Reads() {
		return
	}

	s.emit(m.app, &notice{
		kind:      state,
		messageID: m.ID,
		at:        at,
		field:     "messages",
		value:     m.statusValue(state, at),
	}, m.Posting(i, &b.Behaviour, s.cfg.IDs))
}

// notice is something that an app's webhook is told.
type notice struct {
	kind, messageID string
	at              time.Time
	field           string
	value           object
}

// emit hands the notice on. Call with mu held.
func (s *Server) emit(a *app, n *notice, p tenant.Posting) {
	b := &a.Behaviour
	if !b.Callbacks {
		return
	}

	url := a.receiver(n.field)
	// Held callbacks are of use to a test even before anybody has subscribed.
	if url == "" && !b.Hold {
		return
	}

	if b.Batch > 1 && !b.Hold && n.field == "messages" && !b.Older {
		p.Batch = a.batch(n, url)
	}

	body := a.envelope(n.at, []object{{"field": n.field, "value": n.value}})
	s.cfg.Send(callback.Callback{
		System:    system,
		AppID:     a.ID,
		Kind:      n.kind,
		MessageID: n.messageID,
		Body:      body,
		URL:       url,
		Header:    a.header(body),
	}, &b.Behaviour, p)
}

// receiver is where callbacks of a field go: the number's override before the business account's before the app's, and
// nowhere unless the business account is subscribed (shared/provider/meta/CONTRACT.md section 5). News of templates
// and account know no number. Call with mu held.
func (a *app) receiver(field string) string {
	url, subscribed := a.waba.subs[a.AppSecret]
	switch {
	case !subscribed:
		return ""
	case a.override != "" && (field == "messages" || field == "standby" || field == "user_preferences"):
		return a.override
	case url != "":
		return url
	}

	return a.CallbackURL
}

// batch is how a notice goes out together with others of the same number. Call with mu held.
func (a *app) batch(n *notice, url string) *callback.Batch {
	as := *a // how the number behaves when the notice comes up

	return &callback.Batch{
		Name:   a.ID + " " + url,
		Within: cmp.Or(max(a.Behaviour.BatchWithin, 0), time.Second),
		Most:   a.Behaviour.Batch,
		Part:   n.value,
		Join: func(parts []map[string]any, at time.Time) ([]byte, http.Header) {
			body := as.envelope(at, []object{{"field": "messages", "value": merge(parts)}})
			return body, as.header(body)
		},
	}
}

// merge makes one value of several of the same number.
func merge(values []map[string]any) object {
	out := object{}
	for _, v := range values {
		for name, part := range v {
			if items, ok := part.([]object); ok {
				before, _ := out[name].([]object)
				out[name] = append(before, items...)
			} else {
				out[name] = part
			}
		}
	}

	return out
}
