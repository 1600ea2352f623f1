package browser

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// held is a behaviour whose callbacks wait until a test releases them.
func held() *simgupshup.Behaviour {
	return &simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true, AutoRead: true}}
}

// stamped finds the provider's time in the body of a callback.
var stamped = regexp.MustCompile(`("ts":"?)(\d{10})`)

// report posts the held callback of a kind, whose time is so many seconds later than the provider had it.
func report(t *testing.T, w *live.World, kind string, later int) {
	t.Helper()
	all := w.Simulator.Outbox().Pending()
	for i, c := range all {
		if c.Kind != kind {
			continue
		}
		body := stamped.ReplaceAllStringFunc(string(c.Body), func(found string) string {
			parts := stamped.FindStringSubmatch(found)
			ts, err := strconv.Atoi(parts[2])
			if err != nil {
				t.Fatal(err)
			}
			return parts[1] + strconv.Itoa(ts+later)
		})
		if err := w.Simulator.Outbox().Drop(i); err != nil {
			t.Fatal(err)
		}
		if code, answer := w.Do(http.MethodPost, strings.TrimPrefix(c.URL, w.URL), []byte(body)); code != http.StatusOK {
			t.Fatalf("%s: %d %s", kind, code, answer)
		}

		return
	}
	t.Fatalf("no callback of the kind %s is held", kind)
}

// TestAnEventIsWatched watches an order while an event of it is told: each step appears in its order, without the page being loaded again, and
// what a person has opened or is at stays so. Streams end each second, and the browser takes them up again.
func TestAnEventIsWatched(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Gupshup: held(), Config: map[string]string{"CONSOLE_STREAM": "1s"}})
	publishes(t, w, neemOrder, "shipment-created") // of which a shopper is not told who has not agreed to anything
	w.Rest()
	subscribes(t, w, neemOrder, "ACTIVE")
	b := open(t, w, "editor:811", options{})
	b.show("/accounts/811/orders/51230077")
	b.reads("The phone shows nothing of this order.")
	b.eval(`(window.marked = true)`, nil)
	steps := func() []string {
		var all []string
		b.eval(`[...document.querySelectorAll(".line .what")].map(e => e.innerText.trim())`, &all)
		return all
	}

	publishes(t, w, neemOrder, "shipment-failed_delivery")
	b.reads("Decided to send", "Given to Gupshup", "Taken", "Hi Ira Sample")
	b.click(`details[id$="-checks"] > summary`)
	b.reads("Is the event switched on?")

	for _, told := range []struct{ kind, word string }{{"enqueued", "queued"}, {"delivered", "delivered"}, {"read", "read"}} {
		report(t, w, told.kind, map[string]int{"delivered": 1, "read": 2}[told.kind])
		b.reads("Reported: " + told.word)
	}
	report(t, w, "sent", 9)
	b.reads("Reported: sent", "It came late")

	got := steps()
	want := []string{"Decided to send", "Given to Gupshup", "Reported: accepted", "Reported: queued", "Reported: delivered", "Charged", "Reported: read", "Reported: sent"}
	if diff := cmp.Diff(want, got[max(len(got)-len(want), 0):]); diff != "" {
		t.Errorf("the steps (-want +got):\n%s", diff)
	}
	b.gives(`[...document.querySelectorAll(".line > li.late")].map(e => e.querySelector(".what").innerText).join("; ")`, "Reported: sent")
	var marked, opened bool
	var at string
	b.eval(`!!window.marked`, &marked)
	b.eval(`document.querySelector('details[id$="-checks"]').open`, &opened)
	b.eval(`document.activeElement.innerText`, &at)
	if !marked || !opened || !strings.Contains(at, "checks") {
		t.Errorf("the page is the same %t, what was opened is open %t, the focus is at %q", marked, opened, at)
	}
	if said := b.text("#newest"); !strings.Contains(said, "Newest: Reported: sent") {
		t.Errorf("a screen reader hears %q", said)
	}

	var there string
	b.eval(`document.querySelector("#live").innerHTML`, &there)
	b.show("/accounts/811/orders/51230077")
	var fresh string
	b.eval(`document.querySelector("#live").innerHTML`, &fresh)
	if diff := cmp.Diff(strings.Split(fresh, "\n"), strings.Split(strings.ReplaceAll(there, ` open=""`, ""), "\n")); diff != "" {
		t.Errorf("the page that was watched differs from a fresh one (-fresh +watched):\n%s", diff)
	}
	b.looks("story-late")
}

// explained holds that the order of a shopper who opted out says so, within three steps from the first page.
func explained(b *tab, take func(step string)) {
	b.show("/accounts/811")
	for _, step := range []string{"stories", "find", "order"} {
		take(step)
	}
	b.reads("Failed delivery", "The shopper has asked for no more messages.", "Respect it.", "Has the shopper agreed to be written to?")
	if !strings.HasPrefix(b.path(), "/accounts/811/orders/51230077?tab=why") {
		b.t.Errorf("led to %s", b.path())
	}
}

// refusedOrder makes an order whose shopper had opted out.
func refusedOrder(t *testing.T) *live.World {
	t.Helper()
	w := live.Start(t, live.Options{})
	subscribes(t, w, neemOrder, "ACTIVE")
	subscribes(t, w, neemOrder, "INACTIVE")
	publishes(t, w, neemOrder, "shipment-failed_delivery")
	w.Rest()
	return w
}

// TestOptedOutIsExplained explains why a shopper who opted out got nothing, in three clicks from the first page; so it does without JavaScript.
func TestOptedOutIsExplained(t *testing.T) {
	t.Parallel()
	w := refusedOrder(t)
	for name, o := range map[string]options{"with_script": {}, "without_script": {noScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, w, "viewer:811", o)
			explained(b, func(step string) {
				switch step {
				case "stories":
					b.follow("Stories")
				case "find":
					b.types("#q", "+91 90000 00001")
					b.follow("Find")
					b.reads("A shopper", "No", "The shopper has asked for no more messages.")
				default:
					b.follow("NC-20417")
				}
			})
			if o.noScript {
				return
			}
			b.looks("story-refused")
			b.show("/accounts/811/orders/51230077")
			b.reads("Decided not to send", "The phone shows nothing of this order.")
			b.looks("story-not-sent")
		})
	}
}

// TestOptedOutIsExplainedByKeyboard does the same with the keyboard alone.
func TestOptedOutIsExplainedByKeyboard(t *testing.T) {
	t.Parallel()
	w := refusedOrder(t)
	b := open(t, w, "viewer:811", options{})
	explained(b, func(step string) {
		switch step {
		case "stories":
			b.tabsTo("a", "Stories")
			b.enters()
		case "find":
			b.tabsTo("input", "")
			b.keys("9000000001")
			b.enters()
			b.reads("A shopper")
		default:
			b.tabsTo("a", "NC-20417")
			b.enters()
		}
	})
}

// types replaces what stands in a field by a text, as a person does who has selected all of it.
func (b *tab) types(selector, text string) {
	b.t.Helper()
	b.click(selector)
	b.eval(fmt.Sprintf(`document.querySelector(%q).select()`, selector), nil)
	b.keys(text)
}

// tabsTo presses the tab key until the focus is at an element of the name that reads so.
func (b *tab) tabsTo(name, words string) {
	b.t.Helper()
	var seen []string
	for range 60 {
		b.keys("\t")
		var at string
		b.eval(`document.activeElement.tagName.toLowerCase() + " " + document.activeElement.innerText.trim()`, &at)
		if at == name+" "+words || words == "" && strings.HasPrefix(at, name+" ") {
			return
		}
		seen = append(seen, at)
	}
	b.t.Fatalf("the tab key does not lead to %s %q, but to %q", name, words, slices.Compact(seen))
}

// enters presses the enter key where that leads to another page, and waits for that page.
func (b *tab) enters() {
	b.t.Helper()
	b.leads(chromedp.KeyEvent("\r"))
}

// TestANumberIsShownForAReason shows a number to somebody who may see it and says why, and notes that in the story.
func TestANumberIsShownForAReason(t *testing.T) {
	t.Parallel()
	w := refusedOrder(t)
	b := open(t, w, "support:811", options{mayRefuse: true})
	b.show("/accounts/811/orders/51230077")
	b.click(".reveal summary")
	b.eval(`document.querySelector("#reason").removeAttribute("minlength")`, nil)
	b.types("#reason", "short")
	b.follow("Show the number")
	b.reads("The number was not shown", "What you typed must say in 10 to 300 characters why you need the number.")
	b.looks("story-reveal-refused")
	b.types("#reason", "the shopper asked to be called back")
	b.follow("Show the number")
	b.reads("+919000000001", "It was noted that you have seen it.", "The number was shown to Sana of Neem & Co", "Reason: the shopper asked to be called back")
	if strings.Contains(b.path(), "9000000001") {
		t.Errorf("the number is in the address %s", b.path())
	}
	v := open(t, w, "viewer:811", options{})
	v.show("/accounts/811/orders/51230077")
	if words := v.words(); strings.Contains(words, "Show the number") || strings.Contains(words, fmt.Sprint(9000000001)) {
		t.Error("a viewer may see the number")
	}
}

// TestTheFirstPageIsWatched has a message appear on an account's first page, and change its state, without the page being loaded again.
func TestTheFirstPageIsWatched(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{Gupshup: held()})
	subscribes(t, w, neemOrder, "ACTIVE")
	b := open(t, w, "viewer:811", options{})
	b.show("/accounts/811")
	b.reads("There are no messages yet.")
	b.eval(`(window.marked = true)`, nil)
	publishes(t, w, neemOrder, "shipment-failed_delivery")
	b.reads("NC-20417", "Accepted")
	report(t, w, "delivered", 0)
	b.reads("Delivered")
	var marked bool
	if b.eval(`!!window.marked`, &marked); !marked {
		t.Error("the page was loaded again")
	}
	b.follow("NC-20417")
	b.reads("Order NC-20417", "Reported: delivered")
}

// TestAMessageAboutNoOrder looks at a test, which has a page of its own.
func TestAMessageAboutNoOrder(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	now := w.Clock.Now()
	id := strings.Repeat("0a", 16)
	_, err := w.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: id, AccountID: "811", Event: "shipment/packed", Test: true, Phase: message.Refused, Reason: message.NoSender, CreatedAt: now, ExpireAt: now.AddDate(1, 0, 0),
	}})
	w.Must(err)
	b := open(t, w, "viewer:811", options{})
	b.show("/accounts/811/stories")
	b.follow("Test")
	b.reads("A message about no order", "Decided not to send")
	b.looks("message")
}
