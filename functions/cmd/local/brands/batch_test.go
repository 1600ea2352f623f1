package brands_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// maxRequest is the most bytes of one publish request at Pub/Sub.
const maxRequest = 10_000_000

// published are the messages of provider-events, as they became durable. A form that no fixture has is published beside them, which is not theirs.
type published struct {
	mu  sync.Mutex
	all []*pubsubpb.PubsubMessage
}

func (r *rig) watch() *published {
	p := &published{}
	r.Cloud.PubSub().OnPublish(func(topic string, m *pubsubpb.PubsubMessage) {
		if strings.HasSuffix(topic, "/"+world.ProviderEvents) && m.GetAttributes()[provider.AttributeKind] != string(provider.KindShape) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.all = append(p.all, proto.Clone(m).(*pubsubpb.PubsubMessage))
		}
	})
	return p
}

// take empties what was published, and counts it by kind of event and by the id it is about.
func (p *published) take(r *rig) (kinds, ids map[string]int, size int) {
	r.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	kinds, ids = map[string]int{}, map[string]int{}
	for _, m := range p.all {
		kinds[m.GetAttributes()[provider.AttributeKind]]++
		size += proto.Size(m)
		var e provider.Event
		r.Must(json.Unmarshal(m.GetData(), &e))
		switch {
		case e.Status != nil:
			ids[e.Status.IDs[0]]++
		case e.Reply != nil:
			ids[e.Reply.ID]++
		}
	}
	p.all = nil
	return kinds, ids, size
}

// unhurried gives the webhook time for many events on a machine that has much else to do.
func unhurried() map[string]string {
	return map[string]string{"PROVIDER_TIMEOUT": "2m", "REQUEST_TIMEOUT": "3m", "LEASE": "4m", "ACK_DEADLINE": "5m"}
}

// crowd is a callback of Meta in several entries and changes: statuses, by hundreds to a change, and a reply in each change.
type crowd struct {
	app      account.App
	statuses int
	// changes an entry, statuses a change.
	changes, each int
	// ref goes with each status, as our own reference does.
	ref string
}

// body is the callback, and the ids of what it tells of.
func (c crowd) body() (body []byte, ids map[string]int) {
	ids = map[string]int{}
	var entries, changes []string
	for n := 0; n < c.statuses; {
		var some []string
		for range min(c.each, c.statuses-n) {
			id := fmt.Sprintf("wamid.CROWD%06d", n)
			word := []string{"sent", "delivered", "read"}[n%3]
			some = append(some, fmt.Sprintf(`{"id":%q,"status":%q,"timestamp":"1795000140","recipient_id":"919000000077","biz_opaque_callback_data":%q}`, id, word, c.ref))
			ids[id]++
			n++
		}
		reply := fmt.Sprintf("wamid.REPLY%06d", n)
		ids[reply]++
		changes = append(changes, fmt.Sprintf(
			`{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":%q},"statuses":[%s],`+
				`"messages":[{"from":"919000000077","id":%q,"timestamp":"1795000141","type":"text","text":{"body":"tomorrow please"}}]}}`,
			c.app.ProviderIDs[meta.KeyPhoneNumberID], strings.Join(some, ","), reply,
		))
		if len(changes) == c.changes || n == c.statuses {
			entries = append(entries, fmt.Sprintf(`{"id":%q,"time":1795000141,"changes":[%s]}`, c.app.ProviderIDs[meta.KeyWABAID], strings.Join(changes, ",")))
			changes = nil
		}
	}
	return []byte(`{"object":"whatsapp_business_account","entry":[` + strings.Join(entries, ",") + `]}`), ids
}

// TestMetaBatchBeyondOneRequest posts more statuses at once than one publish request takes, among replies, in several
// entries and changes. Whichever of the requests fails, nothing is acknowledged; the 200 comes when all is durable.
func TestMetaBatchBeyondOneRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true, config: unhurried()})
	seen := r.watch()
	secret := r.Secret("meta-marigold-app-secret")
	c := crowd{app: r.app(demo.MarigoldID), statuses: 1, changes: 1, each: 1, ref: strings.Repeat("r", 64)}
	one, _ := c.body()
	r.post("one, so that its form is no news", http.MethodPost, r.Webhook(meta.Name, "marigold"), one, http.StatusOK, 2, signature, sign(secret, one))

	c.statuses, c.changes, c.each = 2500, 2, 300
	body, want := c.body()
	header := []string{signature, sign(secret, body)}
	for lost := range 3 {
		_, err := r.Cloud.Rules().Add(cloud.Rule{
			Method: "Publisher/Publish", Match: "/" + world.ProviderEvents, Skip: lost, Times: 1, Mode: cloud.FailBefore, Code: codes.PermissionDenied,
		})
		r.Must(err)
		status, answer := r.Do(http.MethodPost, r.Webhook(meta.Name, "marigold"), body, header...)
		if status != http.StatusInternalServerError {
			t.Errorf("with request %d of three lost: got %d %s, want 500", lost, status, answer)
		}
		r.Cloud.Rules().Clear()
	}
	seen.take(r)
	calls := r.Cloud.Calls()
	calls.Trace(true)
	status, answer := r.Do(http.MethodPost, r.Webhook(meta.Name, "marigold"), body, header...)
	kinds, ids, _ := seen.take(r)
	if status != http.StatusOK || answer != "" {
		t.Fatalf("got %d %s, want 200 and nothing", status, answer)
	}
	if kinds["status"] != c.statuses || kinds["reply"] != 9 || len(kinds) != 2 {
		t.Errorf("durable at the answer: %v, want 2,500 statuses and 9 replies", kinds)
	}
	for id := range want {
		if ids[id] != 1 {
			t.Errorf("%s was published %d times", id, ids[id])
		}
	}
	if got := r.publishes(calls); got != 3 {
		t.Errorf("2,509 events took %d publish calls, want 3", got)
	}
}

// publishes counts the publish calls to provider-events, all of which must have been answered.
func (r *rig) publishes(calls *cloud.Recorder) int {
	r.Helper()
	n := 0
	for _, c := range calls.Calls() {
		if strings.HasSuffix(c.Method, "Publisher/Publish") && strings.HasSuffix(strings.Join(c.Names, " "), "/"+world.ProviderEvents) {
			n++
			if !c.Done || c.Code != codes.OK {
				r.Errorf("acknowledged while a publish call was at %v", c.Code)
			}
		}
	}
	return n
}

// TestMetaBodyAtTheLimit posts bodies of exactly the accepted size and one byte more: the one becomes durable whole,
// however many small events it holds, of the other nothing is taken.
func TestMetaBodyAtTheLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true, config: unhurried()})
	seen := r.watch()
	secret := r.Secret("meta-marigold-app-secret")
	c := crowd{app: r.app(demo.MarigoldID), statuses: 12_000, changes: 20, each: 100, ref: strings.Repeat("r", 80)}
	body, want := c.body()
	room := httpx.MaxWebhookBody - len(body)
	if room < 0 || room > 1<<20 {
		t.Fatalf("the body has %d bytes, want up to 1 MiB less than %d", len(body), httpx.MaxWebhookBody)
	}
	full := slices.Concat(body, bytes.Repeat([]byte(" "), room))
	over := append(bytes.Clone(full), ' ')
	r.post("one byte more", http.MethodPost, r.Webhook(meta.Name, "marigold"), over, http.StatusRequestEntityTooLarge, 0, signature, sign(secret, over))
	calls := r.Cloud.Calls()
	calls.Trace(true)
	r.post("the limit", http.MethodPost, r.Webhook(meta.Name, "marigold"), full, http.StatusOK, len(want), signature, sign(secret, full))
	_, ids, size := seen.take(r)
	if len(ids) != len(want) {
		t.Errorf("durable: %d events, want %d", len(ids), len(want))
	}
	if fewest := max((len(want)+batchSize-1)/batchSize, size/maxRequest+1); r.publishes(calls) < fewest {
		t.Errorf("%d events of %d bytes took %d publish calls, want at least %d", len(want), size, r.publishes(calls), fewest)
	}
}
