package gupshup

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

const (
	hook     = "https://hooks.example.com/gupshup/token-that-nobody-may-see"
	getSubs  = "GET " + appRoot + "/subscription"
	postSub  = "POST " + appRoot + "/subscription"
	putSub42 = "PUT " + appRoot + "/subscription/42"
)

// sub is a subscription as the documents show it.
func sub(id, label, target, more string) string {
	return fmt.Sprintf(`{"id":"%s","tag":"%s","url":"%s",%s}`, id, label, target, more)
}

func subs(all ...string) reply {
	return reply{200, `{"status":"success","subscriptions":[` + strings.Join(all, ",") + `]}`}
}

const all11 = `"active":true,"version":2,"mode":2047`

func TestSubscribe(t *testing.T) {
	t.Parallel()
	ours := sub("42", tag, hook, all11)
	other := sub("41", "crm", "https://crm.example.com", all11)
	moved := sub("42", tag, "https://old.example.com", all11)
	made := reply{200, `{"status":"success","subscription":` + ours + `}`}
	named := func(modes string) string { return sub("42", tag, hook, `"active":"true","version":"2","modes":`+modes) }
	counted := func(sum int) string {
		return sub("42", tag, hook, fmt.Sprintf(`"active":true,"version":2,"mode":%d`, sum))
	}
	const ten = "ENQUEUED,SENT,DELIVERED,READ,FAILED,MESSAGE,BILLING,TEMPLATE,ACCOUNT,OTHERS"
	tests := []struct {
		name    string
		replies map[string][]reply
		want    []string
		is      error
		class   message.Class
	}{
		{"new", map[string][]reply{getSubs: {subs(other), subs(other, ours)}, postSub: {made}}, []string{getSubs, postSub, getSubs}, nil, ""},
		{"there_already", map[string][]reply{getSubs: {subs(other, ours)}}, []string{getSubs}, nil, ""},
		{"other_address", map[string][]reply{getSubs: {subs(moved), subs(ours)}, putSub42: {made}}, []string{getSubs, putSub42, getSubs}, nil, ""},
		{"switched_off", map[string][]reply{
			getSubs: {subs(sub("42", tag, hook, `"active":false,"version":2,"mode":2047`)), subs(ours)}, putSub42: {made},
		}, []string{getSubs, putSub42, getSubs}, nil, ""},
		{"version_3", map[string][]reply{
			getSubs: {subs(sub("42", tag, hook, `"active":true,"version":3,"mode":2047`)), subs(ours)}, putSub42: {made},
		}, []string{getSubs, putSub42, getSubs}, nil, ""},
		{"too_few_modes", map[string][]reply{
			getSubs: {subs(sub("42", tag, hook, `"active":true,"version":2,"mode":15`)), subs(ours)}, putSub42: {made},
		}, []string{getSubs, putSub42, getSubs}, nil, ""},
		{"as_many_modes_that_may_be_others", map[string][]reply{
			getSubs: {subs(counted(1023)), subs(ours)}, putSub42: {made},
		}, []string{getSubs, putSub42, getSubs}, nil, ""},
		{"opt_outs_not_kept", map[string][]reply{
			getSubs: {subs(), subs(named(`"` + strings.TrimSuffix(ten, ",OTHERS") + `"`))}, postSub: {made},
		}, []string{getSubs, postSub, getSubs}, errNotAsSet, ""},
		{"modes_by_name", map[string][]reply{getSubs: {subs(named(`"` + ten + `"`))}}, []string{getSubs}, nil, ""},
		{"modes_in_brackets", map[string][]reply{getSubs: {subs(named(`"[` + strings.ReplaceAll(ten, ",", ", ") + `]"`))}}, []string{getSubs}, nil, ""},
		{"modes_as_list", map[string][]reply{getSubs: {subs(named(`["` + strings.ReplaceAll(strings.ToLower(ten), ",", `","`) + `"]`))}}, []string{getSubs}, nil, ""},
		{"all_modes", map[string][]reply{getSubs: {subs(named(`["ALL"]`))}}, []string{getSubs}, nil, ""},
		{"one_mode_not_kept", map[string][]reply{
			getSubs: {subs(), subs(named(`"` + strings.Replace(ten, "BILLING,", "", 1) + `"`))}, postSub: {made},
		}, []string{getSubs, postSub, getSubs}, errNotAsSet, ""},
		{"modes_not_told", map[string][]reply{
			getSubs: {subs(), subs(sub("42", tag, hook, `"active":true,"version":2`))}, postSub: {made},
		}, []string{getSubs, postSub, getSubs}, errNotAsSet, ""},
		{"not_kept", map[string][]reply{getSubs: {subs()}, postSub: {made}}, []string{getSubs, postSub, getSubs}, errNotKept, ""},
		{"not_readable", map[string][]reply{getSubs: {{200, `{"status":"success"}`}}}, []string{getSubs}, errNotListed, ""},
		{"bad_address", map[string][]reply{getSubs: {subs()}, postSub: {{400, ownError("Invalid URL Passed " + hook)}}}, []string{getSubs, postSub}, nil, message.ClassBadRequest},
		{"refused_with_200", map[string][]reply{getSubs: {subs()}, postSub: {{200, ownError("Unable To Create Subscription")}}}, []string{getSubs, postSub}, nil, message.ClassBadRequest},
		{"app_not_live", map[string][]reply{getSubs: {{401, ownError("Authentication Failed")}}}, []string{getSubs}, nil, message.ClassAccount},
		{"throttled", map[string][]reply{getSubs: {subs()}, postSub: {{429, ownError("Too Many Requests")}}}, []string{getSubs, postSub}, nil, message.ClassThrottled},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, p, client := newFake(t, tc.replies)
			got, err := p.Subscribe(t.Context(), client, testApp(), hook)
			if diff := cmp.Diff(tc.want, f.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			switch {
			case tc.is == nil && tc.class == "":
				if err != nil || got.ID != "42" || got.URL != hook || !got.Active || len(got.Modes) == 0 {
					t.Errorf("got %+v, %v", got, err)
				}
			case err == nil:
				t.Errorf("got %+v, want an error", got)
			case tc.is != nil && !errors.Is(err, tc.is):
				t.Errorf("got %v, want %v", err, tc.is)
			case tc.class != "" && provider.ClassOf(err) != tc.class:
				t.Errorf("got %v, want class %s", err, tc.class)
			case strings.Contains(err.Error(), "nobody-may-see"):
				t.Errorf("error tells a secret: %v", err)
			}
		})
	}
}

func TestSubscribeForm(t *testing.T) {
	t.Parallel()
	f, p, client := newFake(t, map[string][]reply{
		getSubs: {subs(), subs(sub("42", tag, hook, all11))}, postSub: {{200, `{"status":"success"}`}},
	})
	got, err := p.Subscribe(t.Context(), client, testApp(), hook)
	if err != nil {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(provider.Subscription{ID: "42", URL: hook, Modes: modes, Active: true}, got); diff != "" {
		t.Errorf("subscription (-want +got):\n%s", diff)
	}
	form, err := url.ParseQuery(f.bodies[1])
	if err != nil {
		t.Fatalf("form: %v", err)
	}
	want := url.Values{
		"modes": {"ENQUEUED,SENT,DELIVERED,READ,FAILED,MESSAGE,BILLING,TEMPLATE,ACCOUNT,OTHERS"},
		"tag":   {"order-notifications"}, "url": {hook}, "version": {"2"}, "active": {"true"},
	}
	if diff := cmp.Diff(want, form); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

// TestModesThatAreOnlyCounted takes what was set just now by the number of its modes, and claims none of them: steps say what is not known.
func TestModesThatAreOnlyCounted(t *testing.T) {
	t.Parallel()
	_, p, client := newFake(t, map[string][]reply{
		getSubs: {subs(), subs(sub("42", tag, hook, `"active":true,"version":2,"mode":1023`))}, postSub: {{200, `{"status":"success"}`}},
	})
	got, err := p.Subscribe(t.Context(), client, testApp(), hook)
	if err != nil || got.Modes != nil {
		t.Fatalf("got %+v, %v, want no modes", got, err)
	}
	steps := func(modes []string) string {
		return strings.Join(p.Steps(provider.Callbacks{URL: hook, Subscribed: true, Modes: modes}), " ")
	}
	if unknown, known := steps(nil), steps(modes); !strings.Contains(unknown, "not which") || !strings.Contains(unknown, "others") || !strings.Contains(known, "Nothing is left") {
		t.Errorf("steps: %s and %s", unknown, known)
	}
}

func TestUnusableBaseURL(t *testing.T) {
	t.Parallel()
	p := New(Config{BaseURL: "http://bad host/\x7f"})
	app := testApp()
	_, build := p.BuildTemplate(t.Context(), app, failedDelivery(t))
	_, one := p.Template(t.Context(), &http.Client{}, app, testID)
	_, all := p.Templates(t.Context(), &http.Client{}, app)
	_, made := p.Subscribe(t.Context(), &http.Client{}, app, hook)
	for _, err := range []error{build, one, all, made} {
		if !errors.Is(err, errBase) {
			t.Errorf("got %v, want %v", err, errBase)
		}
	}
}

func TestKeyIsTrimmed(t *testing.T) {
	t.Parallel()
	app := testApp()
	app.Secret = config.NewSecret("  " + testKey + "\r\n")
	req, err := New(Config{}).BuildTemplate(t.Context(), app, failedDelivery(t))
	if err != nil {
		t.Fatalf("got %v", err)
	}
	if got := req.Header.Get("Apikey"); got != testKey {
		t.Errorf("got %q, want %q", got, testKey)
	}
}
