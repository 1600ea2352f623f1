package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/player"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
)

// iraStage is the stage of the order that the guide is on.
const iraStage = "/lab/orders/51230077"

// sweepOften is how often sweep is called where a message is in doubt.
const sweepOften = 500 * time.Millisecond

// guided are the buttons of the guide, in the order in which it shows them.
var guided = []string{
	"Tick the box", "Let the delivery fail", "Tap “Try again”", "Tap “No, send it”", "Let Gupshup’s next answer be lost", "Let the delivery fail again", "Write STOP on the phone",
	"Tell: out for delivery",
}

// TestTheGuideIsFollowed takes the six steps as a person does who reads what the page says and nothing else: with a mouse, with the keyboard alone, and
// without JavaScript.
func TestTheGuideIsFollowed(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]options{"mouse": {}, "keyboard": {}, "without JavaScript": {noScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := live.Start(t, live.Options{SweepEvery: sweepOften, Config: world.LocalDefaults()})
			b := open(t, w, "", o)
			b.show("/lab/orders/51230080")
			b.follow("Begin with step 1")
			for _, label := range guided {
				b.comes(label, o)
				switch name {
				case "mouse":
					b.click("#guide .step button")
				case "keyboard":
					b.tabsToButton(label)
					b.keys("\r")
				default: // the page that answers is waited for: to show another before would take the form back
					b.leads(clickOn("#guide .step button"))
				}
			}
			b.comes("You have seen it all", o)
			b.comes("6 of 6 steps", o)
			b.comes("The shopper has asked for no more messages.", o)
			b.becomes("the phone asks twice what to do: the message whose answer was lost came once", o, func() bool {
				return b.count(`.handset .bubble:not(.mine) .taps button[value="Try again"]`) == 2
			})
			b.becomes("after STOP the portal's box is empty", o, func() bool { return b.look(`document.querySelector("#box").ariaChecked`) == "false" })
			if name == "mouse" {
				b.looks("lab-guide-end")
				b.click("#guide .cardhead button")
				b.reads("Show the guide of six steps")
			}
		})
	}
}

// tabsToButton presses the tab key until the focus is at the button that reads so, unless it is there: a step's button takes the place of that of the step before,
// and keeps its focus.
func (b *tab) tabsToButton(label string) {
	b.t.Helper()
	const most = 300
	for range most {
		if b.look(`document.activeElement.tagName + " " + document.activeElement.innerText.trim()`) == "BUTTON "+label {
			return
		}
		b.keys("\t")
	}
	b.t.Fatalf("the tab key does not lead to the button %q", label)
}

// comes waits until the page has words.
func (b *tab) comes(words string, o options) {
	b.t.Helper()
	b.becomes("reads "+words, o, func() bool { return strings.Contains(squeezed(b.words()), words) })
}

// becomes waits until something is so on the stage, which a page without JavaScript shows only once it is loaded again.
func (b *tab) becomes(what string, o options, so func() bool) {
	b.t.Helper()
	b.until(what, func() bool {
		if so() {
			return true
		}
		if o.noScript {
			time.Sleep(sweepOften)
			b.show(iraStage)
		}

		return so()
	})
}

// count counts what a selector finds.
func (b *tab) count(selector string) int {
	b.t.Helper()
	var n int
	b.eval(fmt.Sprintf(`document.querySelectorAll(%q).length`, selector), &n)

	return n
}

// tapsOnPage taps a button on the phone of the page, the newest that has the label.
func (b *tab) tapsOnPage(label string) {
	b.t.Helper()
	b.until("the phone has the button "+label, func() bool { return b.count(fmt.Sprintf(`.taps button[value=%q]`, label)) > 0 })
	b.eval(fmt.Sprintf(`[...document.querySelectorAll('.taps button[value=%q]')].at(-1).click()`, label), nil)
}

// TestTryAgainIsResolvedOnce taps "Try again" on the phone, and once more after it was passed on: the story in the console shows one resolution that the
// platform took.
func TestTryAgainIsResolvedOnce(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "", options{})
	b.show(iraStage)
	b.click("#box")
	b.reads("has checked the portal's box")
	b.click(`#life button[value="failed"]`)
	b.tapsOnPage("Try again")
	b.tapsOnPage("No, send it")
	b.reads("Done: another delivery attempt.")
	b.tapsOnPage("Try again")
	b.until("there are three taps", func() bool { return b.count(".bubble.mine") == 3 })
	w.Rest()
	b.follow("Open the story in the console")
	b.reads("Asha of Neem & Co", "Order NC-20417", "The shopper tapped “Try again”")
	b.until("the second choice is told", func() bool { return strings.Count(squeezed(b.words()), "Action: Request delivery attempt") == 2 })
	if n := strings.Count(squeezed(b.words()), "Action: Request delivery attempt taken"); n != 1 {
		t.Errorf("the story shows %d resolutions that were taken, want one:\n%s", n, b.words())
	}
	if n := len(w.Simulator.Platform().Resolutions()); n != 1 {
		t.Errorf("the platform took %d resolutions, want one", n)
	}
}

// TestAnAnswerIsLost has the provider take a message and never answer: the message is in doubt, until the provider reports it, and it is on the phone once.
func TestAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Gupshup: held(), SweepEvery: sweepOften, Config: map[string]string{ // short, but longer than a busy machine takes for an answer that is not lost
		"PROVIDER_TIMEOUT": "4s", "REQUEST_TIMEOUT": "6s", "LEASE": "9s", "ACK_DEADLINE": "15s", "PARK_AFTER": "1s",
	}})
	b := open(t, w, "", options{})
	b.show(iraStage)
	b.click("#box")
	b.reads("has checked the portal's box")
	b.choose("#fault", "gupshup-answer-lost")
	b.click("#faults button")
	b.reads("Broken on purpose:", "takes the message and never answers")
	b.click(`#life button[value="failed"]`)
	b.reads("In doubt", "no answer")
	b.looks("lab-in-doubt")
	if n := b.count(".handset .bubble"); n != 1 {
		t.Errorf("in doubt the phone shows %d messages, want one", n)
	}
	for _, kind := range []string{"enqueued", "sent", "delivered", "read"} {
		report(t, w, kind, 0)
	}
	b.until("it is settled", func() bool { return strings.Contains(b.text("#messages"), "Read") })
	if n := b.count(".handset .bubble"); n != 1 {
		t.Errorf("once it is settled the phone shows %d messages, want one", n)
	}
	b.reads("Nothing is broken.")
}

// TestASavedStoryPlaysToTheSameEnd plays on the stage, saves the story as a file, and plays the file in a run of its own.
func TestASavedStoryPlaysToTheSameEnd(t *testing.T) {
	t.Parallel()
	lags := simgupshup.DefaultBehaviour() // as in a run that is played, so that what overtakes what is the same
	w := live.Start(t, live.Options{Gupshup: &lags, SweepEvery: 5 * time.Second})
	b := open(t, w, "", options{})
	b.show(iraStage)
	b.click("#box")
	b.reads("has checked the portal's box")
	b.click(`#life button[value="failed"]`)
	b.tapsOnPage("Try again")
	b.tapsOnPage("No, send it")
	b.reads("Done: another delivery attempt.")
	b.click(`.quickly button[value="STOP"]`)
	b.until("the box is empty", func() bool { return b.look(`document.querySelector("#box").ariaChecked`) == "false" })
	b.click(`#life button[value="out"]`)
	b.reads("The shopper has asked for no more messages.")
	w.Rest()
	if got := b.look(`document.querySelector("#diary a[download]").getAttribute("href")`); got != iraStage+"/story.json" {
		t.Fatalf("the story is saved from %s", got)
	}
	status, file := w.Do(http.MethodGet, iraStage+"/story.json", nil)
	if status != http.StatusOK {
		t.Fatalf("the file: %d %s", status, file)
	}
	s, err := scenario.Read([]byte(file))
	w.Must(err)
	if len(s.Steps) < 6 || len(s.End.Orders["51230077"].Messages) < 4 || s.End.Orders["51230077"].Consent != "0" {
		t.Errorf("the file is\n%s", file)
	}
	p := player.New(player.Options{})
	t.Cleanup(func() { w.Must(p.Close()) })
	var out strings.Builder
	if err = p.Play(t.Context(), s, &out); err != nil {
		t.Errorf("played again: %v\n%s\n%s", err, out.String(), file)
	}
}

// TestWritingOnThePhone sends a text with the enter key: the field is empty then and keeps the focus, and what is typed next stays while the page changes.
func TestWritingOnThePhone(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "", options{})
	const field = "#say-919000000001"
	stands := func(want string) {
		t.Helper()
		b.gives(`document.activeElement.id + ": " + document.activeElement.value`, strings.TrimPrefix(field, "#")+": "+want)
	}
	for _, path := range []string{iraStage, "/lab/phones?with=51230077"} {
		b.show(path)
		before := b.count(".bubble.mine")
		b.types(field, "hello there")
		b.keys("\r")
		b.until("it was sent", func() bool { return b.count(".bubble.mine") == before+1 })
		b.until("the field is empty", func() bool { return b.look(`document.querySelector("`+field+`").value`) == "" })
		stands("")
		b.keys("half a sen")
		w.Do(http.MethodPut, "/local/faults", []byte(`{"simulator":[{"system":"meta","mode":"html_502_before"}]}`))
		b.reads("Broken on purpose")
		stands("half a sen")
		w.Do(http.MethodDelete, "/local/faults", nil)
		b.reads("Nothing is broken.")
		b.click(`#switches-919000000001 summary`)
		b.click(`#switches-919000000001 button[value="off"]`)
		b.reads("The phone is switched off.")
		if got := b.look(`document.querySelector("` + field + `").value`); got != "half a sen" {
			t.Errorf("a switch leaves %q in the field", got)
		}
		b.click(`#switches-919000000001 button[value="off"]`)
		b.until("it is on again", func() bool { return !strings.Contains(b.words(), "The phone is switched off.") })
	}
}

// TestLabPagesLook looks at each page of the lab with something on it, in both colours, on a telephone, at twice the size and on a desk.
func TestLabPagesLook(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "", options{mayRefuse: true})
	b.show("/lab/orders/51230080")
	b.reads("The first five minutes")
	b.looks("lab-stage-empty")
	b.click("#box")
	b.reads("has checked the portal's box")
	b.click(`#life button[value="failed"]`)
	b.tapsOnPage("Try again")
	b.reads("No, send it")
	for _, fault := range []string{"meta-502-after", "firestore-slow"} {
		b.choose("#fault", fault)
		b.click("#faults button")
	}
	b.reads("Broken on purpose", "Mend everything")
	b.eval(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil)
	b.looks("lab-stage")
	b.click("#inforce > form button")
	b.reads("Nothing is broken.")
	b.show("/lab/orders/51230082")
	b.click("#box")
	b.reads("has checked the portal's box")
	b.click(`#life button[value="delivered"]`)
	b.until("it was told", func() bool { return strings.Contains(b.text("#messages"), "Accepted") })
	for _, one := range []struct{ path, words, name string }{
		{"/lab/phones", "BusinessOnBot’s inbox", "lab-phones"},
		{"/lab/scenarios", "A shopper writes STOP", "lab-scenarios"},
		{"/lab/nothing", "There is nothing here", "lab-error"},
	} {
		b.show(one.path)
		b.reads(one.words)
		b.eval(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil)
		b.looks(one.name)
	}
}

// TestHostileShopper has a shopper write what would run a script, turn the page around, or be longer than any page: it stays text, on the stage and on
// the phones.
func TestHostileShopper(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	b := open(t, w, "", options{})
	said := append([]string{"\u202eetirw ot thgir\u202c of left, \u200fשלום\u200e مرحبا", strings.Repeat("अक्षर ", 660), strings.Repeat("w", 4000)}, hostile...)
	for i, text := range said {
		text = strings.ReplaceAll(text, "\x00", "")
		said[i] = text
		status, answer := w.Do(http.MethodPost, "/local/inbox/9000000004/reply", jsonOf(t, map[string]any{"text": text, "app": "meta-gsy3i6uyzgj4", "name": hostile[0]}))
		if status >= 300 {
			t.Fatalf("%.60q: %d %s", text, status, answer)
		}
	}
	w.Rest()
	for _, path := range []string{"/lab/orders/51230080", "/lab/phones"} {
		b.show(path)
		b.reads("Arun Sample’s phone")
		b.until("all of it is on the phone", func() bool { return b.count(".bubble.mine") == len(said) })
		var hit any
		if b.eval(`window.hit ?? null`, &hit); hit != nil {
			t.Errorf("%s runs %v", path, hit)
		}
		var shown []string
		b.eval(`[...document.querySelectorAll(".bubble.mine .body")].map(e => e.textContent)`, &shown)
		for i, text := range said {
			if i < len(shown) && shown[i] != text {
				t.Errorf("%s shows %.80q as %.80q", path, text, shown[i])
			}
		}
		b.sound()
		for _, width := range []int64{360, 1280} {
			b.size(width, 900)
			b.fits(width)
		}
	}
	b.picture("lab-hostile")
}

// jsonOf is a value as JSON.
func jsonOf(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}

	return data
}
