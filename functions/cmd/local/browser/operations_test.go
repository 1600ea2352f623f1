package browser

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// subscribed has Ira agree to messages about her order.
func subscribed(t *testing.T, w *live.World) {
	t.Helper()
	status, answer := w.Do(http.MethodPost, world.OrderPath+demo.IraOrder, []byte(`{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}`))
	if status != http.StatusOK {
		t.Fatalf("subscribed: got %d %s", status, answer)
	}
}

// failedDelivery is the event of a delivery of Ira's order that failed so long ago.
func failedDelivery(t *testing.T, ago time.Duration) []byte {
	t.Helper()
	text, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	if err != nil {
		t.Fatal(err)
	}

	at := time.Now().Add(-ago).In(time.FixedZone("IST", 19800)).Format(time.DateTime)

	return []byte(strings.ReplaceAll(string(text), "2024-02-13 15:20:41", at))
}

// told has the platform tell of a failed delivery, and waits until all that comes of it has happened.
func told(t *testing.T, w *live.World, ago time.Duration) {
	t.Helper()
	if status, answer := w.Do(http.MethodPost, "/local/events", failedDelivery(t, ago)); status/100 != 2 {
		t.Fatalf("told: got %d %s", status, answer)
	}
	w.Rest()
}

// dead keeps a dead letter of a topic, as one that failed so often or that no parser read.
func dead(t *testing.T, w *live.World, source string, data []byte, attributes map[string]string) {
	t.Helper()
	all := map[string]string{"source": source, "received": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), "CloudPubSubDeadLetterSourceDeliveryCount": "1"}
	maps.Copy(all, attributes)
	_, err := w.Parts.Publisher(source+"-dead", queue.Options{}).Publish(t.Context(), queue.Message{Data: data, Attributes: all})
	w.Must(err)
}

// TestAPoisonedLetterIsMendedAndPublished has a letter that failed too often: it is opened and tried while what it failed over is broken, and once that is
// mended: then it would be sent. Published, it is one message on the phone.
func TestAPoisonedLetterIsMendedAndPublished(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribed(t, w)
	told(t, w, 2*time.Hour) // the template's copy is stored at its first use
	before := w.Simulator.Log().AcceptedCount()

	dead(t, w, world.OrderEvents, failedDelivery(t, time.Minute), map[string]string{"CloudPubSubDeadLetterSourceDeliveryCount": "20"})

	b := open(t, w, "platform", options{})
	b.show("/operations")
	b.follow("Look at the dead letters")
	b.reads("order-events 1 dead letter", "20 deliveries failed", "There are no dead letters of this topic")
	b.leads(clickOn("tbody th a"))
	b.reads("What the oldest of them says", `"eventSubType": "15 characters"`, "20 deliveries failed")

	w.Cloud.Rules().Add(cloud.Rule{ID: "poison", Method: "Firestore/BatchGetDocuments", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	b.follow("Try it")
	b.reads("Would send 0 of 1 dead letter", "1 failing", "would fail and be delivered again")
	w.Cloud.Rules().Remove("poison")

	b.follow("Try it")
	b.reads("Would send 1 of 1 dead letter", "1 sent", "would be sent through gupshup: shipment/failed_delivery of order 51230077, account 811", "messages: 1", "Nothing was written")
	if got := w.Simulator.Log().AcceptedCount(); got != before {
		t.Fatalf("a try has sent %d messages", got-before)
	}
	b.looks("deadletter-tried")

	var again string
	b.eval(`document.querySelector('form[action$="/publish"]').action`, &again)
	b.follow("Publish it again")
	b.reads("Published to the topic again")
	b.run(`document.querySelector("main").innerHTML += '<form method="post" action="` + again + `"><button id="again">again</button></form>'`)
	b.leads(clickOn("#again"))
	b.reads("Nothing is left to do: these letters are not there any more.") // as the second of two clicks
	w.Rest()
	if got := w.Simulator.Log().AcceptedCount(); got != before+1 {
		t.Errorf("published, it has sent %d messages, want one", got-before)
	}

	b.follow("Dead letters")
	b.until("no letter is left", func() bool { return strings.Count(b.words(), "There are no dead letters of this topic") == 2 })
	b.follow("Notes")
	b.reads(" IST", "local/local:Priya", "dead-letter-replay", "1 dead letter published to order-events again")
	b.looks("notes")
}

// TestAShoppersLetterIsNotDroppedByMistake drops a callback: not before the person has said that it may be gone, and that a shopper's message may be.
func TestAShoppersLetterIsNotDroppedByMistake(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	dead(t, w, world.ProviderEvents, []byte(`{"entry":[{"text":{"body":"STOP <script>alert(1)</script>"}}]}`), map[string]string{"kind": "raw", "provider": "gupshup"})
	dead(t, w, world.ProviderEvents, []byte(`{"entry":[{"text":{"body":"please call"}}]}`), map[string]string{"kind": "raw", "provider": "gupshup"})
	dead(t, w, world.OrderEvents, []byte(`nonsense`), nil)

	b := open(t, w, "platform", options{mayRefuse: true})
	b.show("/operations/dead-letters")
	b.reads("may hold a shopper's message", "no JSON")
	b.looks("deadletters")
	b.leads(clickOn(`section[aria-labelledby="topic-provider-events"] tbody th a`))
	b.reads("What to do with all 2")
	b.looks("deadletter-group")

	dead(t, w, world.ProviderEvents, []byte(`{"entry":[{"text":{"body":"later"}}]}`), map[string]string{"kind": "raw", "provider": "gupshup"})
	b.follow("Publish all 2 again")
	b.reads("The letters are not those that you looked at", "What to do with all 3")
	b.looks("deadletter-others")

	b.follow("Open this letter")
	if strings.Contains(b.words(), "STOP") {
		t.Error("a masked letter shows what the shopper wrote")
	}
	b.follow("Show it as it is, which is noted")
	b.reads("The reason must say in 10 to 300 characters why you need to see it.")
	b.looks("deadletter-unreasoned")
	b.do(chromedp.SendKeys(chromedp.CSS("#reason"), "a form that no parser knows"))
	b.follow("Show it as it is, which is noted")
	b.reads("STOP <script>alert(1)</script>", "That it was shown is noted")
	b.looks("deadletter-revealed")

	b.do(clickOn("details summary"))
	b.leads(clickOn(`button.danger`))
	b.reads("Say that they may be gone for good.")
	b.looks("deadletter-refused")
	b.click("#sure")
	b.leads(clickOn(`button.danger`))
	b.reads("Say that a shopper's message, such as a STOP, may be gone too.")
	b.click("#message")
	b.leads(clickOn(`button.danger`))
	b.reads("Dropped for good", "provider-events 2 dead letters")
}

// TestWhatWasGivenUpIsSentOnceMore reopens one message, and all of an account since a day, and shows what else there is to mend.
func TestWhatWasGivenUpIsSentOnceMore(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribed(t, w)
	told(t, w, time.Hour)

	sent, err := w.Parts.Store.MessagesOfOrder(t.Context(), demo.NeemID, demo.IraOrder)
	w.Must(err)
	for i := range 3 {
		giveUp(t, w, sent[0], i)
	}
	trouble(t, w)

	b := open(t, w, "platform", options{mayRefuse: true})
	b.show("/operations")
	b.reads("3 messages", "cannot send", "1 form")
	b.looks("operations")
	b.follow("Look at what was given up")
	b.looks("givenup")

	b.do(chromedp.SendKeys(chromedp.CSS("#account"), demo.NeemID))
	b.leads(clickOn(`form[method="get"] button`))
	b.reads("Name a day, such as")
	b.eval(`document.querySelector("#since").value = "2024-01-01"`, nil)
	b.leads(clickOn(`form[method="get"] button`))
	b.reads("Given up of account 811, made since 2024-01-01")
	b.follow("Send all of them once more")
	b.reads("Say that you have looked them up at the provider")
	b.looks("givenup-unsure")

	b.click("#sure")
	b.follow("Send all of them once more")
	b.reads("Reopened. It is sent within a minute or two", "No message waits for a person to decide on it")

	giveUp(t, w, sent[0], 7)
	b.show("/operations/given-up")
	b.leads(clickOn(`form[action$="/one"] button`))
	b.reads("Reopened.", "No message waits for a person to decide on it")

	b.show("/operations/held")
	b.reads("The provider refuses the app's key or token.", "the key was revoked")
	b.looks("held")
	b.show("/operations/forms")
	b.looks("forms")
	b.leads(clickOn("tbody th a"))
	b.reads("A body of this form, with other values")
	b.looks("form")
}

// giveUp keeps a message like another one that nothing proved to have been taken, given up so many hours ago.
func giveUp(t *testing.T, w *live.World, like message.Message, hours int) {
	t.Helper()
	m := like
	m.ID, m.Phase, m.Attempts, m.ProviderIDs, m.EventData = fmt.Sprintf("%032x", hours+1), message.InDoubt, map[string]message.Attempt{"1": {}}, nil, failedDelivery(t, time.Hour)

	var err error
	m.UpdateTime = time.Time{}
	m.UpdateTime, err = w.Parts.Store.Decide(t.Context(), store.Decision{Message: m})
	w.Must(err)

	m.Phase, m.Due = message.GivenUp, time.Now().Add(-time.Duration(hours)*time.Hour).Add(message.ReopenableFor)
	w.Must(w.Parts.Store.Change(t.Context(), store.Change{Message: m}))
}

// trouble has an app held and a form that no sample has.
func trouble(t *testing.T, w *live.World) {
	t.Helper()
	w.Must(w.Parts.Store.ChangeCondition(t.Context(), demo.MarigoldID, func(c *account.Condition) bool {
		return c.FailApp(demo.MarigoldApp, message.CauseCredentials, "the key was revoked", time.Now(), time.Now(), 0)
	}))
	w.Must(w.Parts.Store.AddShape(t.Context(), store.Shape{
		Fingerprint: "5a0c1e8f20d3b746", Provider: "meta", Door: "callback", Kind: "status", Path: "entry.changes.value.statuses",
		Outline: "{conversation:{expiration_timestamp:digits,id:hex,origin:{type:word}},id:text,pricing:{billable:bool,category:word,pricing_model:word,type:word},recipient_id:digits,status:word,timestamp:digits}",
		Fixture: "{\n  \"entry\": [\n    {\"changes\": [{\"value\": {\"statuses\": [{\"status\": \"word\"}]}}]}\n  ]\n}", FirstAt: time.Now().Add(-72 * time.Hour), LastAt: time.Now().Add(-time.Hour), Count: 12,
		ExpireAt: time.Now().Add(time.Hour),
	}))
}
