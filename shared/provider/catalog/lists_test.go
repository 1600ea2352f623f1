package catalog_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// items are one of each list that a value of Meta's may hold, by the kind of event that is read of it. Unread is a message that no
// parser reads.
var items = map[string]string{
	"reply":      `"messages":[{"id":"w1","from":"919000000007","timestamp":"1795003600","type":"text","text":{"body":"hello"}}]`,
	"status":     `"statuses":[{"id":"OUR","status":"read","timestamp":"1795003600","recipient_id":"919000000007"}]`,
	"account":    `"errors":[{"code":131031}]`,
	"preference": `"user_preferences":[{"wa_id":"919000000007","category":"marketing_messages","value":"stop","timestamp":1795003600}]`,
	"call":       `"calls":[{"id":"c1","from":"919000000007","event":"connect","timestamp":"1795003600"}]`,
	"unknown":    `"messages":[{"id":"w1","from":"919000000007","type":"text","text":{"words":"STOP"}}]`,
}

// valueOf returns a value with the lists of some kinds.
func valueOf(kinds ...string) string {
	parts := make([]string, 0, len(kinds))
	for _, kind := range kinds {
		parts = append(parts, items[kind])
	}

	return `{` + toApp + strings.Join(parts, ",") + `}`
}

// kindsOf returns the kinds of events, in the order of the alphabet.
func kindsOf(events []provider.Event) []string {
	kinds := make([]string, 0, len(events))
	for _, e := range events {
		kinds = append(kinds, string(e.Kind))
	}

	return slices.Sorted(slices.Values(kinds))
}

// standbyForms are the forms in which the field standby may hold lists.
var standbyForms = map[string]func(v string) string{
	"meta_standby_list":         func(v string) string { return `{` + toApp + `"standby":[` + v + `]}` },
	"meta_standby_list_of_two":  func(v string) string { return `{` + toApp + `"standby":[{"messages":[]},` + v + `]}` },
	"meta_standby_with_outside": func(v string) string { return strings.TrimSuffix(v, "}") + `,"standby":{"messages":[]}}` },
}

// TestNoListCostsAnother holds that each list of a value is read, whichever other stands beside it and whatever the field.
func TestNoListCostsAnother(t *testing.T) {
	t.Parallel()

	wires := maps.Clone(metaWires)
	for name, form := range standbyForms {
		wires[name] = struct {
			provider string
			body     func(value string) string
		}{"meta", func(v string) string { return inEnvelope("", "standby", form(v)) }}
	}
	for _, field := range []string{"user_preferences", "calls", "messaging_handovers"} {
		wires["meta_field_"+field] = struct {
			provider string
			body     func(value string) string
		}{"meta", func(v string) string { return inEnvelope("", field, v) }}
	}

	for _, kinds := range [][]string{
		{"preference"},
		{"call"},
		{"preference", "reply"},
		{"preference", "status"},
		{"preference", "unknown"},
		{"call", "preference"},
		{"account", "call", "preference", "reply", "status"},
	} {
		for wire, w := range wires {
			t.Run(strings.Join(kinds, "_")+"/"+wire, func(t *testing.T) {
				t.Parallel()

				want := slices.Clone(kinds)
				if wire == "meta_field_messaging_handovers" {
					want = append(want, "account")
				}
				if at := slices.Index(want, "status"); wire == "meta_field_calls" && at >= 0 {
					want = slices.Delete(want, at, at+1) // reports of calls are of no message
				}

				body := w.body(valueOf(kinds...))

				events := parseAll(t, installed, w.provider, body)
				if got := kindsOf(events); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
					t.Fatalf("%s: got %s, want %s", body, got, want)
				}

				for _, e := range events {
					if e.Kind == provider.KindUnknown && (!e.Inbound || strings.Contains(string(e.Raw), "marketing_messages")) {
						t.Errorf("got what was read, or nothing of a shopper's, in %s", e.Raw)
					}
					if standby := strings.Contains(wire, "standby"); e.Standby != standby && e.Kind != provider.KindUnknown {
						t.Errorf("%s: got standby %v, want %v", e.Kind, e.Standby, standby)
					}
				}
			})
		}
	}
}

// TestStandbyMessagesAlone reads the field standby where it holds the messages themselves.
func TestStandbyMessagesAlone(t *testing.T) {
	t.Parallel()

	const message = `{"id":"w1","from":"919000000007","timestamp":"1795003600","type":"text","text":{"body":"STOP"}}`
	for name, c := range map[string]struct {
		value string
		want  []string
	}{
		"one":                       {message, []string{"reply"}},
		"list_of_one":               {"[" + message + "]", []string{"reply"}},
		"list_with_an_odd_one":      {"[" + message + `,{"x":1}]`, []string{"reply", "unknown"}},
		"list_with_null":            {"[null," + message + "]", []string{"reply"}},
		"list_of_echoes":            {`[{"message_echoes":[{"id":"w2"}]}]`, []string{"ignored"}},
		"message_beside_preference": {"[" + message + ",{" + items["preference"] + "}]", []string{"preference", "reply"}},
		"of_another_form":           {`{"x":1}`, []string{"unknown"}},
		"text":                      {`"STOP"`, []string{"unknown"}},
	} {
		for wire, w := range map[string]string{"meta": "", "gupshup": `"gs_app_id":"a1",`, "kaleyra": ""} {
			t.Run(name+"/"+wire, func(t *testing.T) {
				t.Parallel()

				events := parseAll(t, installed, wire, inEnvelope(w, "standby", `{`+toApp+`"standby":`+c.value+`}`))
				if got := kindsOf(events); !slices.Equal(got, c.want) {
					t.Fatalf("got %s, want %s", got, c.want)
				}

				for _, e := range events {
					if e.Reply != nil && (!e.Standby || e.Reply.Text != "STOP") {
						t.Errorf("got %q, standby %v", e.Reply.Text, e.Standby)
					}
					if e.Kind == provider.KindUnknown && !e.Inbound {
						t.Errorf("a STOP may lie in %s", e.Raw)
					}
				}
			})
		}
	}
}

// TestNewsOfAnotherNumberIsLeftOut holds that an app which shares its webhook takes no list of another number's.
func TestNewsOfAnotherNumberIsLeftOut(t *testing.T) {
	t.Parallel()

	for kind := range items {
		for wire, w := range metaWires {
			if w.provider != "meta" {
				continue
			}

			t.Run(kind+"/"+wire, func(t *testing.T) {
				t.Parallel()

				body := w.body(strings.Replace(valueOf(kind), "200000000813", "200000000999", 1))
				if events := parseAll(t, installed, w.provider, body); len(events) > 0 {
					t.Errorf("got %s", kindsOf(events))
				}
			})
		}
	}
}

// TestEveryProviderReadsEverySpelling names a shopper in every spelling of a number, at every door of every provider. What is no
// number names nobody: it never becomes one.
func TestEveryProviderReadsEverySpelling(t *testing.T) {
	t.Parallel()

	doors := map[string]struct {
		provider string
		body     func(number string) string
		kind     provider.Kind
	}{
		"gupshup_v2_message": {"gupshup", func(n string) string {
			return `{"app":"a","timestamp":1795003600000,"version":2,"type":"message","payload":{"id":"w1","source":` + n + `,"type":"text","payload":{"text":"STOP"}}}`
		}, provider.KindReply},
		"gupshup_v2_sender": {"gupshup", func(n string) string {
			return `{"app":"a","timestamp":1795003600000,"version":2,"type":"message","payload":{"id":"w1","type":"text","sender":{"phone":` + n + `},"payload":{"text":"STOP"}}}`
		}, provider.KindReply},
		"gupshup_v2_opted_out": {"gupshup", func(n string) string {
			return `{"app":"a","timestamp":1795003600000,"version":2,"type":"user-event","payload":{"phone":` + n + `,"type":"opted-out"}}`
		}, provider.KindPreference},
		"gupshup_v2_report": {"gupshup", func(n string) string {
			return `{"app":"a","timestamp":1795003600000,"version":2,"type":"message-event","payload":{"id":"m1","type":"read","destination":` + n + `}}`
		}, provider.KindStatus},
		"gupshup_v2_price": {"gupshup", func(n string) string {
			return `{"app":"a","timestamp":1795003600000,"version":2,"type":"billing-event","payload":{"deductions":{"type":"utility","billable":true},"references":{"id":"m1","destination":` + n + `}}}`
		}, provider.KindBilling},
		"kaleyra_message": {"kaleyra", func(n string) string {
			return `{"id":"w1","type":"text","body":"STOP","from":` + n + `}`
		}, provider.KindReply},
		"kaleyra_report": {"kaleyra", func(n string) string { return `{"id":"m1","status":"READ","mobile":` + n + `}` }, provider.KindStatus},
	}
	for name, w := range metaWires {
		doors[name+"_message"] = struct {
			provider string
			body     func(number string) string
			kind     provider.Kind
		}{w.provider, func(n string) string {
			return w.body(`{"messages":[{"id":"w1","from":` + n + `,"type":"text","text":{"body":"STOP"}}]}`)
		}, provider.KindReply}
		doors[name+"_preference"] = struct {
			provider string
			body     func(number string) string
			kind     provider.Kind
		}{w.provider, func(n string) string {
			return w.body(`{"user_preferences":[{"wa_id":` + n + `,"value":"stop"}]}`)
		}, provider.KindPreference}
	}

	for number, want := range map[string]string{
		`"919000000007"`:                      "919000000007",
		`919000000007`:                        "919000000007",
		`919000000007.0`:                      "919000000007",
		`"919000000007.0"`:                    "919000000007",
		`"+91 90000 00007"`:                   "919000000007",
		`"+91\u00a090000 00007"`:              "919000000007",
		`"\u202a919000000007\u202c"`:          "919000000007",
		`"９１９００００００００７"`:                      "919000000007",
		`"+९१९००००००००७"`:                     "919000000007",
		`"91-9000000007"`:                     "919000000007",
		`"+91\u201190000\u201300007"`:         "919000000007",
		`"tel:+919000000007"`:                 "919000000007",
		`"'919000000007"`:                     "919000000007",
		`"00919000000007"`:                    "919000000007",
		`"+91 (0) 90000 00007"`:               "919000000007",
		`"91\u31649000000007"`:                "919000000007",
		`"IN.9000000007"`:                     "",
		`"whatsapp:+919000000007"`:            "",
		`"whatsapp:919000000007"`:             "",
		`"919000000007@c.us"`:                 "",
		`"120363040000000001"`:                "",
		`"9.19e11"`:                           "",
		`["919000000007"]`:                    "",
		`{"number":"919000000007"}`:           "",
		`"MY.20269000000001"`:                 "",
		`"919000000007 or 919000000008"`:      "",
		`"919000000007\u0000x919000000008"`:   "",
		`"ＩＮ.９０００００００７"`:                      "",
		`"\u202aIN.9000000007\u202c"`:         "",
		`"whatsapp\u200b:\u00a0919000000007"`: "",
	} {
		for door, d := range doors {
			t.Run(number+"/"+door, func(t *testing.T) {
				t.Parallel()

				for _, e := range parseAll(t, installed, d.provider, d.body(number)) {
					if got := numberOf(e); got != want || want != "" && e.Kind != d.kind {
						t.Errorf("%s: got %s of %q, want %q", d.body(number), e.Kind, got, want)
					}
				}
			})
		}
	}
}

// numberOf returns the shopper's number of an event.
func numberOf(e provider.Event) string {
	switch {
	case e.Reply != nil:
		return e.Reply.From
	case e.Status != nil:
		return e.Status.Recipient
	case e.Preference != nil:
		return e.Preference.From
	default:
		return ""
	}
}
