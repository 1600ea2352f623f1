package pages_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// ira is the stage of Ira's order.
const ira = "/lab/orders/51230077"

// does sends a form of a page, which has to lead back to where it was, and waits until nothing is on its way. Fields are names and values in turn.
func does(t *testing.T, w *live.World, at string, fields ...string) {
	t.Helper()
	form := url.Values{"back": {at + "#phone"}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	answer, body := ask(t, w, http.MethodPost, at+"/do", form.Encode())
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != at+"#phone" {
		t.Fatalf("%v: %d %v %s", fields, answer.StatusCode, answer.Header, body)
	}
	w.Rest()
}

// reads asks for a page, which has to have these texts, in this order.
func reads(t *testing.T, w *live.World, path string, texts ...string) {
	t.Helper()
	answer, body := ask(t, w, http.MethodGet, path, "")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", path, answer.StatusCode, body)
	}
	rest := body
	for _, text := range texts {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Fatalf("%s lacks %q:\n%s", path, text, rest)
		}
		rest = after
	}
}

// TestStageWithoutJavaScript plays an order by plain forms: the box, an event, taps, STOP, and an event that is refused then.
func TestStageWithoutJavaScript(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	reads(t, w, ira, `id="box"`, `aria-checked="false"`, "Nobody has written to this phone yet.")
	does(t, w, ira, "box", "tick")
	reads(t, w, ira, `id="box"`, `aria-checked="true"`)
	does(t, w, ira, "beat", "failed")
	reads(t, w, ira, `class="told"><button type="submit" name="beat" value="failed"`, "Hi Ira Sample", `name="button" value="Try again"`, "Failed delivery</strong>", "Read")
	does(t, w, ira, "button", "Try again")
	does(t, w, ira, "button", "No, send it")
	reads(t, w, ira, "tapped · ", "Done: another delivery attempt.", "What you did", "Ira taps “No, send it”.")
	does(t, w, ira, "say", "STOP")
	reads(t, w, ira, `id="box"`, `aria-checked="false"`)
	does(t, w, ira, "beat", "out")
	reads(t, w, ira, "Out for delivery</strong>", "Not sent", "The shopper has asked for no more messages.")
	does(t, w, ira, "box", "tick")
	reads(t, w, ira, `id="box"`, `aria-checked="true"`)
}

// TestPhoneOnTheStage sends everything that a phone can send, turns its switches, and is told in words what its provider has no form for.
func TestPhoneOnTheStage(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	const arun = "/lab/orders/51230080" // at Meta, which has a form for everything
	for _, kind := range []string{"text", "image", "document", "video", "audio", "sticker", "location", "contact", "order", "edit", "revoke"} {
		text := "words of " + kind
		if kind == "revoke" || kind == "audio" || kind == "sticker" || kind == "contact" {
			text = ""
		}
		does(t, w, arun, "kind", kind, "text", text)
	}
	reads(t, w, arun, "words of text", "Photo", "words of image", "Document", "Video", "Audio", "Sticker", "Place", "words of location", "Contact", "Taken back.")
	for _, name := range []string{"off", "receipts", "hidden", "agent"} {
		does(t, w, arun, "switch", name)
	}
	if got := w.Simulator.Phones().Settings("919000000004"); !got.Off || !got.NoReadReceipts || !got.HideNumber || !got.Agent {
		t.Errorf("the phone is set %+v", got)
	}
	reads(t, w, arun, "The phone is switched off.", `aria-checked="true" name="switch" value="off"`, `aria-checked="true" name="switch" value="agent"`)
	does(t, w, arun, "switch", "off")
	reads(t, w, arun, `aria-checked="false" name="switch" value="off"`)
	answer, body := ask(t, w, http.MethodPost, ira+"/do", url.Values{"kind": {"edit"}, "text": {"kept"}, "back": {ira}}.Encode())
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, "That was not done") || !strings.Contains(body, "What is sent needs something that was written before.") || !strings.Contains(body, `value="kept"`) {
		t.Errorf("an edit of nothing: %d %s", answer.StatusCode, body)
	}
}

// TestFormsInTheBackground are answered with what came of them in words alone, and with an error's status if they were refused.
func TestFormsInTheBackground(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for form, want := range map[string]struct {
		status int
		text   string
	}{
		"box=tick":                 {http.StatusOK, "Ira has checked the portal&#39;s box of order 51230077."},
		"beat=no":                  {http.StatusBadRequest, "The event is none of those that the page offers."},
		"fault=no":                 {http.StatusBadRequest, "What goes wrong is none of the faults that there are."},
		"box=no":                   {http.StatusBadRequest, "The portal’s box is none of those that the page offers."},
		"forward=1ns":              {http.StatusBadRequest, "The time is none of those that the page offers."},
		"forward=no":               {http.StatusBadRequest, "The time is none of those that the page offers."},
		"switch=no":                {http.StatusBadRequest, "The switch is none of those that the page offers."},
		"button=no":                {http.StatusBadRequest, "<p>The message has no such button to tap.</p>"},
		"kind=no":                  {http.StatusBadRequest, "What is sent is none of those that the page offers."},
		"say=x&phone=919000000002": {http.StatusBadRequest, "The phone is not that of the order’s shopper."},
		"say=":                     {http.StatusBadRequest, `<a href="#say-919000000001">The text is missing.</a>`},
		"kind=order":               {http.StatusBadRequest, "Gupshup documents no callback of this kind."},
		"kind=text":                {http.StatusBadRequest, "The text is missing."},
		"":                         {http.StatusBadRequest, "The form asks for nothing that the page offers."},
		"forward=1h&back=x":        {http.StatusConflict, "The clock of this run cannot be moved."},
	} {
		answer, body := ask(t, w, http.MethodPost, ira+"/do", form, "HX-Request", "true")
		if answer.StatusCode != want.status || !strings.Contains(body, want.text) || strings.Contains(body, "<html") {
			t.Errorf("%s: %d %s, want %d %s", form, answer.StatusCode, body, want.status, want.text)
		}
	}
}

// TestFaultsArePlain shows what is broken on every page, in words where the lab has them, and mends it.
func TestFaultsArePlain(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	spent, err := w.Cloud.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Mode: cloud.Delay, Delay: time.Millisecond, Times: 1})
	w.Must(err)
	does(t, w, ira, "box", "tick")
	does(t, w, ira, "fault", "gupshup-502-after")
	does(t, w, ira, "fault", "firestore-slow")
	does(t, w, ira, "fault", "pubsub-answer-lost")
	_, err = w.Simulator.Faults().Add(simulator.Fault{ID: "own", System: "meta", Path: "/messages", Mode: "html_502_before"})
	w.Must(err)
	for _, path := range []string{ira, "/lab/orders/51230080"} {
		if _, body := ask(t, w, http.MethodGet, path, ""); strings.Contains(body, "Firestore/Commit") {
			t.Errorf("%s shows the rule %s, which has struck once", path, spent)
		}
		reads(t, w, path, "Broken on purpose:", "Gupshup takes the message and answers 502, once more", "Firestore takes two seconds to write, until it is mended", "Meta /messages: html 502 before, until it is mended", "Mend everything")
	}
	for _, form := range []string{"fault=firestore-slow&back=" + ira, "fault=gupshup-502-after&back=//evil.example.com"} {
		if answer, _ := ask(t, w, http.MethodPost, "/lab/mend", form); answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(answer.Header.Get("Location"), "/lab") {
			t.Errorf("mend: %d %v", answer.StatusCode, answer.Header)
		}
	}
	_, body := ask(t, w, http.MethodGet, ira, "")
	if bar, _, _ := strings.Cut(body, "<h1"); strings.Contains(bar, "Firestore takes") || strings.Contains(bar, "Gupshup takes") || !strings.Contains(bar, "Meta /messages") {
		t.Errorf("after two were mended: %s", bar)
	}
	for _, form := range []string{"", "mend=none", "fault="} {
		if answer, body := ask(t, w, http.MethodPost, "/lab/mend", form); answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, "What is mended is none of those") || len(w.Simulator.Faults().All()) == 0 {
			t.Errorf("mend %q: %d, %d are left", form, answer.StatusCode, len(w.Simulator.Faults().All()))
		}
	}
	if answer, _ := ask(t, w, http.MethodPost, "/lab/mend", "mend=all&back="+ira); answer.StatusCode != http.StatusSeeOther || len(w.Simulator.Faults().All()) != 0 || len(w.Cloud.Rules().List()) != 0 {
		t.Errorf("mend everything: %d, %d and %d are left", answer.StatusCode, len(w.Simulator.Faults().All()), len(w.Cloud.Rules().List()))
	}
}

// TestOpening leads to the story that was told last, and as long as nothing was told since to the one that the run is to open on.
func TestOpening(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	leads := func(want string) {
		t.Helper()
		if answer, _ := ask(t, w, http.MethodGet, "/lab", ""); answer.Header.Get("Location") != want {
			t.Errorf("leads to %s, want %s", answer.Header.Get("Location"), want)
		}
	}
	leads(ira)
	does(t, w, "/lab/orders/51230082", "beat", "delivered")
	leads("/lab/orders/51230082")
	does(t, w, "/lab/orders/51230080", "beat", "out")
	leads("/lab/orders/51230080")
	w.Lab.Open("51230078")
	leads("/lab/orders/51230078")
	does(t, w, "/lab/orders/51230080", "beat", "failed")
	leads("/lab/orders/51230080")
}

// TestGuideIsPutAway hides the guide for everybody on this run, and brings it back.
func TestGuideIsPutAway(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	reads(t, w, ira, "The first five minutes", "0 of 6 steps", "Tick the box")
	reads(t, w, "/lab/orders/51230080", "The first five minutes", `href="/lab/orders/51230077"`, "Begin with step 1")
	for _, step := range []struct{ guide, want string }{{"away", "Show the guide of six steps"}, {"back", "Put the guide away"}} {
		answer, _ := ask(t, w, http.MethodPost, "/lab/guide", "guide="+step.guide+"&back="+ira)
		if answer.StatusCode != http.StatusSeeOther || len(answer.Cookies()) != 0 {
			t.Errorf("%s: %d %v", step.guide, answer.StatusCode, answer.Header)
		}
		reads(t, w, ira, step.want)
	}
}

// TestGuideIsNotPutElsewhere refuses what no button sends, and leaves the guide where it is.
func TestGuideIsNotPutElsewhere(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	ask(t, w, http.MethodPost, "/lab/guide", "guide=away")
	for _, form := range []string{"", "guide=", "guide=here"} {
		if answer, body := ask(t, w, http.MethodPost, "/lab/guide", form); answer.StatusCode != http.StatusBadRequest || !strings.Contains(body, "The guide is none of those") {
			t.Errorf("%q: %d", form, answer.StatusCode)
		}
	}
	reads(t, w, ira, "Show the guide of six steps")
}

// TestAPressIsDoneThoughNobodyWaits cuts the connection of a press while the product works on it: it is done, and noted for the story's file.
func TestAPressIsDoneThoughNobodyWaits(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	_, err := w.Cloud.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Mode: cloud.Delay, Delay: 3 * time.Second, Times: 1})
	w.Must(err)
	ctx, cut := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+ira+"/do", strings.NewReader("box=tick"))
	w.Must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	gone := make(chan error, 1)
	go func() {
		_, failed := testkit.Transport.RoundTrip(req)
		gone <- failed
	}()
	testkit.Eventually(t, live.Patience, "the product writes", func() bool {
		_, waits := w.Cloud.Rules().List()[0].Left()
		return !waits
	})
	cut()
	if err = <-gone; !errors.Is(err, context.Canceled) {
		t.Fatalf("the press was answered: %v", err)
	}
	testkit.Eventually(t, live.Patience, "the press is noted", func() bool {
		answer, body := ask(t, w, http.MethodGet, ira+"/story.json", "")
		return answer.StatusCode == http.StatusOK && strings.Contains(body, `"subscribe"`) && strings.Contains(body, `"consent": "1"`)
	})
}

// TestRequestsAreShown shows what the provider and the platform were asked about an order, as they got it, and nothing of other orders.
func TestRequestsAreShown(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	does(t, w, ira, "box", "tick")
	does(t, w, ira, "fault", "gupshup-cut-after")
	does(t, w, ira, "beat", "failed")
	reads(t, w, ira, "What it took", "Firestore reads", "notify 1", "Requests as they were got", "Gupshup <span", "POST", "/template/msg", "no answer", "919000000001", "The order platform <span")
	if _, body := ask(t, w, http.MethodGet, "/lab/orders/51230080", ""); strings.Contains(body, "Requests as they were got") {
		t.Error("another order shows them as well")
	}
}

// TestPhoneOffersWhatItsProviderHas offers of each app's phone the kinds and switches that its provider has a form for and no others, and takes all that it offers.
func TestPhoneOffersWhatItsProviderHas(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for _, one := range []struct{ order, phone, provider string }{
		{"51230077", "919000000001", "gupshup"}, {"51230080", "919000000004", "meta"}, {"51230081", "919000000005", "kaleyra"},
	} {
		at := "/lab/orders/" + one.order
		does(t, w, at, "box", "tick")
		does(t, w, at, "beat", "delivered")
		_, body := ask(t, w, http.MethodGet, at, "")
		for _, kind := range []string{"text", "image", "document", "video", "audio", "sticker", "location", "contact", "reaction", "order", "edit", "revoke"} {
			offered := strings.Contains(body, `<option value="`+kind+`">`)
			if lacks := simulator.Lacking(one.provider).Kind(kind); offered == lacks {
				t.Errorf("%s: %s is offered: %t", one.provider, kind, offered)
			}
			form := url.Values{"kind": {kind}, "text": {"👍"}, "phone": {one.phone}}
			if kind == "revoke" || kind == "location" && simulator.Lacking(one.provider).Field("place") {
				form.Del("text")
			}
			answer, said := ask(t, w, http.MethodPost, at+"/do", form.Encode(), "HX-Request", "true")
			if took := answer.StatusCode == http.StatusOK; took != offered {
				t.Errorf("%s: %s is offered: %t, and taken: %t: %s", one.provider, kind, offered, took, said)
			}
		}
		for name, field := range map[string]string{"off": "", "receipts": "", "hidden": "hideNumber", "agent": "standby"} {
			offered := strings.Contains(body, `name="switch" value="`+name+`"`)
			if offered == simulator.Lacking(one.provider).Field(field) {
				t.Errorf("%s: the switch %s is offered: %t", one.provider, name, offered)
			}
		}
	}
	w.Simulator.Phones().Set("919000000001", handset.Settings{Agent: true})
	reads(t, w, ira, `aria-checked="true" name="switch" value="agent"`)
	reads(t, w, "/lab/orders/51230082", "BusinessOnBot’s inbox")
	if _, body := ask(t, w, http.MethodGet, "/lab/orders/51230082", ""); strings.Contains(body, `class="compose"`) || strings.Contains(body, `name="switch"`) {
		t.Error("a phone is shown that BusinessOnBot does not write to")
	}
}

// TestGuideIsNoDeadEnd has something else broken than what the guide is about, and the shopper write STOP before its turn: the guide offers what is to be done next.
func TestGuideIsNoDeadEnd(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	does(t, w, ira, "box", "tick")
	does(t, w, ira, "beat", "failed")
	does(t, w, ira, "button", "Try again")
	does(t, w, ira, "button", "No, send it")
	for _, one := range []struct{ name, value, steps, button string }{
		{"fault", "platform-slow", "3", "Let Gupshup’s next answer be lost"},
		{"fault", "gupshup-502-before", "3", "Let Gupshup’s next answer be lost"},
		{"say", "STOP", "4", "Tick the box"},
		{"box", "tick", "4", "Let Gupshup’s next answer be lost"},
		{"fault", "gupshup-502-after", "4", "Let the delivery fail again"},
	} {
		does(t, w, ira, one.name, one.value)
		reads(t, w, ira, one.steps+" of 6 steps", `class="step"`, one.button+"</button></form></div>")
	}
}

// TestChoiceIsShown says what the shopper chose, and how far that is, and of a message that was sent twice that it may be on the phone twice.
func TestChoiceIsShown(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	does(t, w, ira, "box", "tick")
	does(t, w, ira, "beat", "failed")
	does(t, w, ira, "button", "Try again")
	does(t, w, ira, "button", "No, send it")
	reads(t, w, ira, "What the shopper chose", "Request delivery attempt", "Taken")
	does(t, w, ira, "button", "Try again")
	reads(t, w, ira, "What the shopper chose", "Another choice counts", "Taken")
}

// TestEventThatIsOff is marked before it is told, and says in a person's words why nothing is sent, and where it is switched on.
func TestEventThatIsOff(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	reads(t, w, ira, `class="unwanted"><button type="submit" name="beat" value="rto-created"`, "off for this brand: nothing is sent")
	for _, one := range []struct{ form, want string }{
		{"beat=rto-created", "has not switched this event on"},
		{"beat=failed", "The platform tells of order NC-20417: Failed delivery."},
	} {
		_, body := ask(t, w, http.MethodPost, ira+"/do", one.form, "HX-Request", "true")
		if !strings.Contains(body, one.want) || strings.Contains(body, "/local/") || strings.Contains(body, "make clean") {
			t.Errorf("%s: %s", one.form, body)
		}
		if off := strings.Contains(body, `action="/people"><input type="hidden" name="next" value="/accounts/811/notifications/shipment/rto_created">`); off != (one.form == "beat=rto-created") {
			t.Errorf("%s: leads to the console: %t: %s", one.form, off, body)
		}
	}
	does(t, w, ira, "box", "tick")
	does(t, w, ira, "beat", "out")
	if _, body := ask(t, w, http.MethodPost, ira+"/do", "beat=out-again", "HX-Request", "true"); !strings.Contains(body, "Nothing is sent: the shopper was told of this before.") {
		t.Errorf("told once more: %s", body)
	}
}

// TestErrorSaysWhatIsBroken names what is broken on purpose after a step that the product turned down.
func TestErrorSaysWhatIsBroken(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	does(t, w, ira, "fault", "firestore-full")
	answer, body := ask(t, w, http.MethodPost, ira+"/do", "box=tick", "HX-Request", "true")
	if answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "Firestore takes no write, as you set.") {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
}

// TestStreamsOfTabs has as many streams as there are places, however many tabs one person has open.
func TestStreamsOfTabs(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	const places = 32
	for i := range places + 1 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+[]string{ira + "/stream", "/lab/phones/stream"}[i%2], http.NoBody)
		w.Must(err)
		answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		w.Must(err)
		t.Cleanup(func() { _ = answer.Body.Close() })
		if want := i < places; (answer.StatusCode == http.StatusOK) != want {
			t.Fatalf("stream %d: %d", i+1, answer.StatusCode)
		}
	}
}
