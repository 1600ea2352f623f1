package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// hostile are texts that become a script, an element or an attribute wherever a page writes them as they are.
var hostile = []string{
	`<script>window.hit=1</script>`,
	`"><img src=x onerror=window.hit=2>`,
	`'onfocus='window.hit=3'autofocus x='`,
	`</textarea></title></style><svg onload=window.hit=4>`,
	`javascript:window.hit=5//{{.Main}}${7*7}`,
	"\u202e&lt;b&gt;\u0000&#x3c;i onclick=window.hit=6&#x3e;",
}

// hostileWorld is a world in which everybody who may give a name, a title, a text or an error has given hostile ones at Marigold Home.
func hostileWorld(t *testing.T) *live.World {
	t.Helper()
	w := live.Start(t, live.Options{})
	text, err := testdata.Files.ReadFile("orders/51230080.json")
	if err != nil {
		t.Fatal(err)
	}
	var order map[string]any
	if err = json.Unmarshal(text, &order); err != nil {
		t.Fatal(err)
	}
	name := hostile[0] + hostile[1]
	for _, address := range []string{"shippingAddress", "billingAddress"} {
		order[address].(map[string]any)["customerName"] = name
	}
	for i, item := range order["items"].([]any) {
		for key, value := range item.(map[string]any) {
			if _, isText := value.(string); isText && (strings.Contains(strings.ToLower(key), "name") || strings.Contains(strings.ToLower(key), "description")) {
				item.(map[string]any)[key] = hostile[i%len(hostile)] + hostile[2]
			}
		}
	}
	if text, err = json.Marshal(order); err != nil {
		t.Fatal(err)
	}
	w.Simulator.Platform().PutOrder("51230080", text)
	subscribe(t, w, "51230080", "9000000004", "Arun Sample", "arun@example.test", "813")

	_, given := w.Do(http.MethodPost, "/local/token", []byte(`{"role":"platform"}`))
	token := strings.Split(given, `"`)[3]
	call := func(method, path string, body any) {
		t.Helper()
		var encoded bytes.Buffer
		if err := json.NewEncoder(&encoded).Encode(body); err != nil {
			t.Fatal(err)
		}
		_, account := w.Do(http.MethodGet, "/workspace/v1/accounts/813", nil, "Authorization", "Bearer "+token)
		var now struct {
			Version int64 `json:"version"`
		}
		if err := json.Unmarshal([]byte(account), &now); err != nil {
			t.Fatal(err)
		}
		status, answer := w.Do(method, "/workspace/v1/accounts/813"+path, encoded.Bytes(), "Authorization", "Bearer "+token, "Content-Type", "application/json", "If-Match", fmt.Sprintf(`"%d"`, now.Version))
		if status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, status, answer)
		}
	}
	call(http.MethodPut, "", map[string]any{"slug": "marigold-home", "name": hostile[0] + hostile[3], "timeZone": "Asia/Kolkata"})
	call(http.MethodPatch, "/apps/"+demo.MarigoldApp, map[string]any{"name": hostile[1]})
	call(http.MethodPut, "/unexpected-replies", map[string]any{"enabled": true, "text": hostile[3] + hostile[4]})

	change := func(path string, body any) {
		t.Helper()
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if status, answer := w.Do(http.MethodPost, path, encoded); status >= 300 {
			t.Fatalf("%s: %d %s", path, status, answer)
		}
	}
	change("/local/templates", map[string]any{"app": demo.MarigoldApp, "template": "900000000000004", "text": "Hi {{1}}, order {{2}} of {{3}}: {{4}}. " + hostile[3] + hostile[0]})
	w.Rest()

	arun := []string{
		"51230077", "51230080", ": 811,", ": 813,", "neem-and-co", "marigold-home", "9000000001", "9000000004", "NC-20417", "MH-40619", "Ira Sample", strings.ReplaceAll(name, `"`, `\"`),
	}
	failsDelivery(t, w, w.Clock.Now(), arun...)
	w.Rest()
	change("/local/inbox/9000000004/reply", map[string]any{"text": hostile[0] + hostile[1] + hostile[4], "app": demo.MarigoldApp, "name": name})
	w.Rest()

	status, answer := w.Do(http.MethodPut, "/local/faults", []byte(`{"simulator":[{"system":"meta","path":"/messages","mode":"refuse","status":400,"message":"\"><img src=x onerror=window.hit=7>"}]}`))
	if status != http.StatusOK {
		t.Fatalf("faults: %d %s", status, answer)
	}
	failsDelivery(t, w, w.Clock.Now().Add(-time.Minute), arun...)
	w.Rest()

	return w
}

// shape is a path without what names one thing: pages of one shape are made by one template.
func shape(path string) string {
	path, query, _ := strings.Cut(path, "?")
	var names []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return regexp.MustCompile(`[0-9a-f]{8,}|[0-9]+|(shipment|returnShipment|return|cart)/[a-z_]+`).ReplaceAllString(path, "N") + "?" + strings.Join(names, "&")
}

// crawl follows every link from some pages on, a few of each shape, and has each page looked at.
func (b *tab) crawl(from []string, look func(path string)) (pages int) {
	b.t.Helper()
	const most, each = 120, 2
	seen, shapes := map[string]bool{}, map[string]int{}
	for todo := from; len(todo) > 0 && pages < most; {
		path := todo[0]
		todo = todo[1:]
		if seen[path] || shapes[shape(path)] >= each {
			continue
		}
		seen[path] = true
		shapes[shape(path)]++
		b.show(path)
		pages++
		look(path)
		var links []string
		b.eval(`[...document.querySelectorAll("a[href]")].filter(a => a.origin === location.origin && !a.hasAttribute("download")).map(a => a.pathname + a.search)`, &links)
		todo = append(todo, links...)
	}

	return pages
}

// TestHostileTexts has everybody who may give a name, a title, an answer, a template or an error give one that would run a script, and reads every page
// that there is a link to: none runs one, and no link is dead.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	w := hostileWorld(t)
	b := open(t, w, "platform", options{})
	shown := map[string]string{
		"the shopper's name": hostile[0] + hostile[1], "the brand's name": hostile[0] + hostile[3], "the app's name": hostile[1], "the answer to shoppers": hostile[3] + hostile[4],
		"the template": hostile[3] + hostile[0],
	}
	pages := b.crawl([]string{"/accounts/813", "/operations"}, func(path string) {
		var hit any
		b.eval(`window.hit ?? null`, &hit)
		if hit != nil {
			t.Errorf("%s runs %v", path, hit)
		}
		b.sound()
		var text string
		b.eval(`document.body.innerText + [...document.querySelectorAll("input, textarea")].map(e => e.value).join("\n")`, &text)
		for what, words := range shown {
			if strings.Contains(text, words) {
				delete(shown, what)
			}
		}
	})
	t.Logf("%d pages", pages)
	for what := range shown {
		t.Errorf("no page shows %s as it is written", what)
	}
	if pages < 25 {
		t.Errorf("only %d pages are linked", pages)
	}
}
