package browser

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// meera is the shopper of Tulsi House, who is told through the platform's app.
var meera = []string{"51230077", "51230079", ": 811,", ": 812,", "neem-and-co", "tulsi-house", "9000000001", "9000000003"}

// subscribe has the shopper of an order agree on the portal.
func subscribe(t *testing.T, w *live.World, order, phone, name, email, account string) {
	t.Helper()
	body := fmt.Sprintf(`{"contactPhone":%q,"customerName":%q,"email":%q,"accountId":%q,"whatsAppStatus":"ACTIVE"}`, phone, name, email, account)
	status, answer := w.Do(http.MethodPost, "/_ah/api/esb/v2/order/"+order, []byte(body), "Content-Type", "application/json")
	if status != http.StatusOK {
		t.Fatalf("subscribe: %d %s", status, answer)
	}
}

// failsDelivery has the platform tell of a failed delivery of order 51230077, at another time and with other words in the place of some.
func failsDelivery(t *testing.T, w *live.World, at time.Time, words ...string) {
	t.Helper()
	text, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	if err != nil {
		t.Fatal(err)
	}
	words = append(slices.Clone(words), "2024-02-13 15:20:41", at.In(config.IST).Format(time.DateTime))
	status, answer := w.Do(http.MethodPost, "/local/events", []byte(strings.NewReplacer(words...).Replace(string(text))))
	if status != http.StatusAccepted {
		t.Fatalf("publish: %d %s", status, answer)
	}
}

// TestUsageAgrees sends messages that are charged: chart, table, CSV and the workspace API tell the same of them, and so does the estimate.
func TestUsageAgrees(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribe(t, w, "51230079", "9000000003", "Meera Sample", "meera@example.test", "812")
	b := open(t, w, "editor:812", options{})
	for i := range 3 { // one after the other: a shopper of an app that echoes no reference gets one at a time
		failsDelivery(t, w, w.Clock.Now().Add(-time.Duration(i)*time.Minute), meera...)
		b.until("the message is read and charged", func() bool {
			b.show("/accounts/812/usage")
			all := squeezed(b.look(`document.querySelector("#figures tfoot")?.innerText ?? ""`))
			return strings.HasPrefix(all, fmt.Sprintf("All %[1]d %[1]d %[1]d 0 0 0 %[1]d ", i+1))
		})
		w.Rest()
	}
	b.show("/accounts/812/usage")
	b.looks("usage-charged")

	var table, drawn [][]string
	cells := func(selector string) string {
		return fmt.Sprintf(`[...document.querySelectorAll(%q)].map(r => [...r.cells].map(c => c.textContent.trim()))`, selector)
	}
	b.eval(cells("#figures tbody tr"), &table)
	b.eval(cells("section[aria-labelledby=days] tbody tr"), &drawn)
	if len(table) != 1 || len(drawn) < 28 {
		t.Fatalf("got the rows %q, and %d days drawn", table, len(drawn))
	}

	status, answer := b.tableOf("Table as CSV")
	lines, err := csv.NewReader(strings.NewReader(answer)).ReadAll()
	if status != http.StatusOK || err != nil || len(lines) != 2 {
		t.Fatalf("the CSV: %d %v %q", status, err, answer)
	}
	row, line := table[0], lines[1]
	if got := slices.Concat(line[:9], line[10:12]); !slices.Equal(got, row) || row[1] != "3" {
		t.Errorf("the table reads\n%q, the CSV\n%q", row, line)
	}
	for _, day := range drawn {
		want := []string{day[0], "0", "0", "0", "0"}
		if day[0] == row[0] {
			want = []string{row[0], "3", "0", "0", "0"}
		}
		if !slices.Equal(day, want) {
			t.Errorf("the chart has %q, want %q", day, want)
		}
	}
	var tall int
	b.eval(`document.querySelectorAll("section[aria-labelledby=days] rect").length`, &tall)
	if tall != 1 {
		t.Errorf("%d bars are drawn, want that of today", tall)
	}

	call := func(method, path, body string) map[string]any {
		_, given := w.Do(http.MethodPost, "/local/token", []byte(`{"role":"viewer","accountId":"812"}`))
		token := strings.Split(given, `"`)[3]
		_, text := w.Do(method, "/workspace/v1/accounts/812"+path, []byte(body), "Authorization", "Bearer "+token, "Content-Type", "application/json")
		var v map[string]any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%s: %v in %s", path, err, text)
		}
		return v
	}
	totals := call(http.MethodGet, "/usage", "")["totals"].(map[string]any)
	if fmt.Sprint(totals["charged"], totals["actualMicros"]) != "3 345000" || row[10] != "0.345" {
		t.Errorf("the API says %v, the page %q", totals, row)
	}

	b.follow("What would it cost?")
	b.do(clickOn(`input[value="shipment/failed_delivery"]`), clickOn(`input[value="shipment/delivered"]`))
	b.follow("Estimate")
	estimate := call(http.MethodPost, "/cost-estimate", `{"notifications":[{"resource":"shipment","eventSubType":"failed_delivery"},{"resource":"shipment","eventSubType":"delivered"}]}`)
	var told [][]string
	b.eval(cells("#result tbody tr"), &told)
	for i, one := range estimate["notifications"].([]any) {
		one := one.(map[string]any)
		price, _ := one["price"].(map[string]any)
		if told[i][1] != fmt.Sprint(one["messages"]) || price != nil && told[i][3] != fmt.Sprintf("%.3f %s", price["micros"].(float64)/1e6, price["currency"]) {
			t.Errorf("the page says %q, the API %v", told[i], one)
		}
	}
	b.accessible()

	var ticked []string
	b.eval(`[...document.querySelectorAll("input[name=event]:checked")].map(i => i.value)`, &ticked)
	if !slices.Equal(ticked, []string{"shipment/delivered", "shipment/failed_delivery"}) {
		t.Errorf("after the estimate %q are ticked", ticked)
	}

	today := w.Clock.Now().In(config.IST).Format(time.DateOnly)
	b.show("/accounts/812/usage?by=day&from=" + today + "&last=" + today)
	b.reads("All 3 3 3")
	b.show("/accounts/812/usage?by=event&from=2026-11-01&last=" + today)
	if _, answer = b.tableOf("Table as CSV"); !strings.HasPrefix(answer, "event,sent,") || !strings.Contains(answer, "\r\nshipment/failed_delivery,3,") {
		t.Errorf("by notification, the CSV is %q", answer)
	}

	b.follow("Failed deliveries")
	b.reads("reported by the courier 3", "0.345 INR")
	if _, answer = b.tableOf("Table as CSV"); !strings.Contains(answer, ","+"3,3,3,3,0,0,0,0,") {
		t.Errorf("of failed deliveries, the CSV is %q", answer)
	}
	b.looks("failed-deliveries-some")
}

// tableOf gets the file that a link of the page leads to, as the tab's person.
func (b *tab) tableOf(words string) (status int, file string) {
	b.t.Helper()
	var path string
	b.eval(fmt.Sprintf(`(a => a.pathname + a.search)([...document.querySelectorAll("a[download]")].find(a => a.textContent.trim() === %q))`, words), &path)

	return b.w.Do(http.MethodGet, path, nil, "Cookie", b.cookie())
}
