package lab_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

// TestReplyToAnAppThatWroteNothing has a shopper write to apps that did not write before, by each name that an app has: as on a
// phone that is empty after a restart.
func TestReplyToAnAppThatWroteNothing(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, t.TempDir())
	for _, app := range []string{demo.NeemApp, demo.NeemGupshupID, demo.ShareApp, demo.MarigoldApp, demo.JasmineApp} {
		post(t, w, "/local/inbox/9000000001/reply", `{"text":"hello","app":"`+app+`","name":"Ira","kind":"text"}`, http.StatusAccepted)
	}
	for body, want := range map[string]string{
		`{"text":"hello"}`:                               "nobody has written to the phone yet: name the app that the shopper writes to",
		`{"text":"hello","app":"meta-clove"}`:            `\"meta-clove\" is none of the apps of /local/apps that write to phones`,
		`{"text":"hello","app":"` + demo.AniseApp + `"}`: `\"` + demo.AniseApp + `\" is none of the apps`,
		`{"text":"hello","apps":"` + demo.NeemApp + `"}`: `has the unknown key \"apps\": the keys are text, button, to, kind, app, name`,
		`{"text":7}`: `"field":"text"`,
		`{"kind":"location","latitude":"x","app":"` + demo.NeemApp + `"}`:          `"detail":"must be a number","field":"latitude"`,
		`{"kind":"location","latitude":1,"app":"` + demo.NeemApp + `"}`:            `"field":"longitude"`,
		`{"kind":"order","items":[{"quantity":1.5}],"app":"` + demo.NeemApp + `"}`: `"field":"items.quantity"`,
		`{"kind":"edit","text":"x","to":"wamid.none"}`:                             `"field":"to"`,
		`{"text":"x","standby":true,"app":"` + demo.NeemApp + `"}`:                 `"detail":"Gupshup documents no callback with it","field":"standby"`,
		`{"kind":"revoke","text":"x","to":"1"}`:                                    `"field":"text"`,
		`{"text":"hello","app":"919000000001","kind":"x"}`:                         "that was sent is none of the apps",
		`{"text":"h","kind":"fax","app":"` + demo.NeemApp + `"}`:                   "no message of that kind",
	} {
		if answer := post(t, w, "/local/inbox/9000000001/reply", body, http.StatusBadRequest); !strings.Contains(answer, want) {
			t.Errorf("%s: got %s, want %q in it", body, answer, want)
		}
	}
}

// TestShopperChangesAMessage writes to Meta's app, where a message can be changed and taken back by the id that the route answered.
func TestShopperChangesAMessage(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, t.TempDir())
	var said struct {
		ID string `json:"id"`
	}
	answer := post(t, w, "/local/inbox/9000000001/reply", `{"text":"hello","app":"`+demo.MarigoldApp+`","hideNumber":true,"standby":true}`, http.StatusAccepted)
	if err := json.Unmarshal([]byte(answer), &said); err != nil || said.ID == "" {
		t.Fatalf("got %s, %v", answer, err)
	}
	for _, body := range []string{
		`{"kind":"edit","to":"` + said.ID + `","text":"good day"}`,
		`{"kind":"revoke","to":"` + said.ID + `"}`,
		`{"kind":"order","catalogId":"77","items":[{"retailerId":"SOAP-3","quantity":2,"price":249.5,"currency":"INR"}],"app":"` + demo.MarigoldApp + `"}`,
		`{"kind":"location","latitude":18.5,"longitude":73.25,"place":"Gate 2","app":"` + demo.MarigoldApp + `"}`,
		`{"text":"in stock?","product":"SOAP-3","catalogId":"77","app":"` + demo.MarigoldApp + `"}`,
	} {
		post(t, w, "/local/inbox/9000000001/reply", body, http.StatusAccepted)
	}
}

// TestPhoneIsSet sets a phone, which its owner's answers and its thread show.
func TestPhoneIsSet(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, t.TempDir())
	set := func(body string, want int) string {
		return call(t, w, http.MethodPut, "/local/phones/9000000001", body, want)
	}
	for body, want := range map[string]string{
		`{"on":true}`:       `has the unknown key \"on\": the keys are off, noReadReceipts, hideNumber, agent`,
		`{"off":"yes"}`:     `"detail":"must be true or false","field":"off"`,
		`null`:              `"field":"body"`,
		`[{"agent": true}]`: `must be an object`,
	} {
		if answer := set(body, http.StatusBadRequest); !strings.Contains(answer, want) {
			t.Errorf("%s: got %s, want %q in it", body, answer, want)
		}
	}
	call(t, w, http.MethodPut, "/local/phones/12", `{}`, http.StatusBadRequest)
	call(t, w, http.MethodGet, "/local/phones/x/thread", ``, http.StatusBadRequest)
	const off = `{"off":true,"noReadReceipts":true,"hideNumber":false,"agent":false}` + "\n"
	if got := set(`{"off":true,"noReadReceipts":true}`, http.StatusOK); got != off {
		t.Errorf("got %s, want %s", got, off)
	}
	if got := call(t, w, http.MethodGet, "/local/phones/+919000000001", "", http.StatusOK); got != off {
		t.Errorf("got %s, want %s", got, off)
	}
	hello := `{"text":"hello","app":"` + demo.MarigoldApp + `"}`
	if got := post(t, w, "/local/inbox/9000000001/reply", hello, http.StatusBadRequest); !strings.Contains(got, `"detail":"the phone is switched off: switch it on first","field":"phone"`) {
		t.Errorf("got %s, want that the phone is off", got)
	}
	set(`{}`, http.StatusOK)
	if got := call(t, w, http.MethodGet, "/local/phones/9000000001/thread", "", http.StatusOK); got != "[]\n" {
		t.Errorf("got %s, want an empty thread", got)
	}
	post(t, w, "/local/inbox/9000000001/reply", hello, http.StatusAccepted)
	var thread []handset.Line
	if err := json.Unmarshal([]byte(call(t, w, http.MethodGet, "/local/phones/9000000001/thread", "", http.StatusOK)), &thread); err != nil || len(thread) != 1 {
		t.Fatalf("got %+v, %v, want one line", thread, err)
	}
	if s := thread[0].Said; s == nil || s.Text != "hello" || s.Kind != "text" || s.At.IsZero() || thread[0].App == "" {
		t.Errorf("got %+v, want what was written", thread[0])
	}
}
