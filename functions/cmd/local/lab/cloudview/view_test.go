package cloudview_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab/cloudview"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// said is a word that shoppers write in these tests, and nobody else.
const said = "Zafferano"

// told is a world in which the demo's stories were told, and shoppers wrote and tapped since.
func told(t *testing.T) (*live.World, *cloudview.View) {
	t.Helper()
	w := live.Start(t, live.Options{})
	v := cloudview.New(w.Cloud)
	w.Must(demo.Story(t.Context(), w.World, io.Discard))
	w.Rest()
	for phone, replies := range map[string][]simulator.Reply{
		"919000000002": {{Button: "Try again"}, {Text: said + " " + said}, {Text: "STOP"}},
		"919000000004": {
			{Button: "Try again"},
			{Kind: "image", Text: said},
			{Kind: "location", Place: said},
			{Text: said},
			{Text: "write to " + said + "@example.test or call 90000 00099"},
		},
		"919000000005": {{Text: said}, {Button: "Change address"}, {Text: "12 " + said + " Street, Pune 411001"}},
	} {
		for _, r := range replies {
			_, _ = w.Simulator.Phones().Reply(phone, r) // not every template has every button
			w.Rest()
		}
	}
	status, answer := w.Do(http.MethodPost, "/local/events", []byte(`{"resource":"shipment","eventSubType":"`+said+`","accountSlug":"neem-and-co"`))
	if status != http.StatusBadRequest && status != http.StatusAccepted {
		t.Fatalf("an event that is none: %d %s", status, answer)
	}
	w.Rest()
	return w, v
}

// everything yields all documents and messages: where they are, as masked and as they are.
func everything(t *testing.T, v *cloudview.View) map[string][2]string {
	t.Helper()
	all := map[string][2]string{}
	for _, c := range v.Collections() {
		for number := 1; ; number++ {
			page := v.Documents(c.Name, "", number)
			if page.Total != c.Documents {
				t.Fatalf("%s: got %d documents, want %d", c.Name, page.Total, c.Documents)
			}
			for _, row := range page.Items {
				masked, err := v.Document(row.Path, false)
				if err != nil {
					t.Fatal(err)
				}
				plain, err := v.Document(row.Path, true)
				if err != nil {
					t.Fatal(err)
				}
				all[row.Path] = [2]string{row.Label + row.Preview + masked.Label + masked.JSON, plain.JSON}
			}
			if number >= page.Pages {
				break
			}
		}
	}
	for _, topic := range v.Topics() {
		for number := 1; ; number++ {
			_, page, err := v.Messages(topic.Name, "", "", number)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page.Items {
				_, shown, err := v.Messages(topic.Name, m.ID, m.ID, 1)
				if err != nil || len(shown.Items) == 0 || !shown.Items[0].Shown {
					t.Fatalf("message %s of %s is not shown: %v", m.ID, topic.Name, err)
				}
				all[topic.Name+"/"+m.ID] = [2]string{fmt.Sprint(m), fmt.Sprint(shown.Items[0])}
			}
			if number >= page.Pages {
				break
			}
		}
	}
	return all
}

// TestNothingPersonalIsSeen goes over everything that the demo stores and publishes: no phone, no address, no name, no text and no secret is in what is
// masked, and each of them is there to be masked.
func TestNothingPersonalIsSeen(t *testing.T) {
	t.Parallel()
	w, v := told(t)
	personal := map[string]*regexp.Regexp{
		"a phone":          regexp.MustCompile(`90000 ?000\d\d`),
		"an address":       regexp.MustCompile(`@example\.test|12 Sample Street|411001|"Pune"`),
		"a name":           regexp.MustCompile(`\b(Ira|Dev|Meera|Arun|Lila|Omar|Sample)\b`),
		"a text":           regexp.MustCompile(`(?i:` + said + `)|\bSTOP"`),
		"a message's text": regexp.MustCompile(`we could not deliver your order (NC|MH|JW)`),
	}
	var secrets []string
	for _, name := range demo.Secrets() {
		secrets = append(secrets, w.Secret(name))
	}
	seen := map[string]bool{}
	for where, texts := range everything(t, v) {
		for what, is := range personal {
			brand := strings.HasPrefix(where, "templates/") || strings.HasPrefix(where, "accounts/")
			if hit := is.FindString(texts[0]); hit != "" && (!brand || what != "a text") { // "Reply STOP" is a brand's own
				t.Errorf("%s shows %s: %q in\n%s", where, what, hit, texts[0])
			}
			seen[what] = seen[what] || is.MatchString(texts[1])
		}
		for i, secret := range secrets {
			if strings.Contains(texts[0], secret) {
				t.Errorf("%s shows the secret %s", where, demo.Secrets()[i])
			}
		}
	}
	for _, what := range []string{"a phone", "an address", "a name", "a text"} {
		if !seen[what] {
			t.Errorf("there is not %s stored or published: the test holds nothing", what)
		}
	}
}

// TestMarkedValuesAreMasked has shoppers of every provider send everything that a phone can send, and an order hold all that people write on one: each
// value is marked, and no mark is seen.
func TestMarkedValuesAreMasked(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	v := cloudview.New(w.Cloud)
	dev, err := testdata.Files.ReadFile("orders/" + demo.DevOrder + ".json")
	w.Must(err)
	marked := regexp.MustCompile(`"(giftMessage|giftLabelContent|remark|location|landmark|reason|latestRemark)": *"[^"]*"`).ReplaceAllString(string(dev), `"$1": "zebra$1"`)
	w.Simulator.Platform().PutOrder(demo.DevOrder, []byte(marked))
	w.Must(demo.Story(t.Context(), w.World, io.Discard))
	w.Rest()
	latitude, longitude := 12.345678, 76.543219
	sent := map[string]int{}
	for _, phone := range []string{"919000000002", "919000000004", "919000000005", "919000000006"} {
		var said string
		for _, r := range []simulator.Reply{
			{Text: "zebratext"},
			{Text: "zebratext7"},
			{Text: "ZEBRA"},
			{Kind: "image", Text: "zebraimage"},
			{Kind: "document", Text: "zebradocument"},
			{Kind: "audio"},
			{Kind: "video", Text: "zebravideo"},
			{Kind: "sticker"},
			{Kind: "contact", Text: "zebracontact"},
			{Kind: "reaction", Text: "zebrareaction"},
			{Kind: "location", Place: "zebraplace", Latitude: &latitude, Longitude: &longitude},
			{Kind: "location", Latitude: &latitude, Longitude: &longitude},
			{Kind: "order", Text: "zebraorder", CatalogID: "zebracatalog", Items: []handset.OrderItem{{RetailerID: "zebraitem", Quantity: 4711, Price: 47110, Currency: "INR"}}},
			{Text: "zebraquestion", Product: "zebraproduct", CatalogID: "zebracatalog"},
			{Kind: "edit", Text: "zebraedit"},
			{Kind: "revoke"},
		} {
			r.Name = "zebraname"
			if r.To = ""; r.Kind == "edit" || r.Kind == "revoke" {
				r.To = said
			}
			id, err := w.Simulator.Phones().Reply(phone, r) // not every provider has a form for every kind
			if err == nil {
				sent[r.Kind]++
			}
			if said == "" {
				said = id
			}
		}
		w.Rest()
	}
	for _, kind := range []string{"", "image", "reaction", "location", "contact", "order", "edit"} {
		if sent[kind] == 0 {
			t.Errorf("no phone sent a %q: %v", kind, sent)
		}
	}
	mark := regexp.MustCompile(`(?i)zebra[a-z]*|12\.345|76\.543|media\.example\.com`)
	seen := map[string]bool{}
	for where, texts := range everything(t, v) {
		if hit := mark.FindString(texts[0]); hit != "" {
			t.Errorf("%s shows %q in\n%s", where, hit, texts[0])
		}
		for _, hit := range mark.FindAllString(texts[1], -1) {
			seen[strings.ToLower(hit)] = true
		}
	}
	for _, what := range []string{"zebrareaction", "zebraplace", "zebratext", "zebraimage", "zebraremark", "zebragiftmessage", "12.345", "76.543", "media.example.com"} {
		if !seen[what] {
			t.Errorf("%s is not stored or published: the test holds nothing of it (%v)", what, seen)
		}
	}
}

// TestMaskedIsStillOfUse has what people look for be seen.
func TestMaskedIsStillOfUse(t *testing.T) {
	t.Parallel()
	w, v := told(t)
	for path, want := range map[string][]string{
		"accounts/811":                {`"name": "Neem & Co"`, `"slug": "neem-and-co"`, `"number": "••• phone"`, `"consentMode"`},
		"slugs/neem-and-co":           {`"811"`},
		"orders/811:" + demo.DevOrder: {`"customerOrderNumber": "NC-20418"`, `"accountSlug": "neem-and-co"`, `"contactPhone": "••• phone"`, `"email": "••• e-mail"`, `"$time"`, `"$json"`},
	} {
		d, err := v.Document(path, false)
		w.Must(err)
		for _, part := range want {
			if !strings.Contains(d.JSON, part) {
				t.Errorf("%s lacks %s:\n%s", path, part, d.JSON)
			}
		}
	}
	page := v.Documents("messages", "shipment/failed_delivery", 1)
	if len(page.Items) == 0 {
		t.Fatal("there is no message")
	}
	d, err := v.Document(page.Items[0].Path, false)
	w.Must(err)
	for _, part := range []string{`"phase": "claimed"`, `"event": "shipment/`, `"customerName": "••• name"`, `"customerEmail": "••• e-mail"`, `"orderNumber": "`, `"claimedAt": 1`} {
		if !strings.Contains(d.JSON, part) {
			t.Errorf("a message lacks %s:\n%s", part, d.JSON)
		}
	}
	if _, err = v.Document("messages/none", false); err == nil {
		t.Error("a document is shown that there is not")
	}
}

// TestShownIsWhatIsStored reads each document back from what is shown, byte by byte.
func TestShownIsWhatIsStored(t *testing.T) {
	t.Parallel()
	w, v := told(t)
	documents := 0
	w.Cloud.Firestore().Documents(func(name string, fields map[string]*fs.Value) bool {
		_, path, _ := strings.Cut(name, "/documents/")
		d, err := v.Document(path, true)
		w.Must(err)
		decoder := json.NewDecoder(strings.NewReader(d.JSON))
		decoder.UseNumber()
		var read map[string]json.RawMessage
		w.Must(decoder.Decode(&read))
		if len(read) != len(fields) {
			t.Errorf("%s: got %d fields, want %d", path, len(read), len(fields))
		}
		for field, want := range fields {
			if got := valueOf(t, read[field]); !proto.Equal(got, want) {
				t.Errorf("%s, %s: got %v, want %v", path, field, got, want)
			}
		}
		documents++

		return true
	})
	if documents < 50 {
		t.Errorf("there are %d documents, want fifty or more", documents)
	}
}

// valueOf reads a value of Firestore from what is shown of it.
func valueOf(t *testing.T, raw json.RawMessage) *fs.Value {
	t.Helper()
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && raw[0] == '[' {
		out := &fs.ArrayValue{}
		for _, item := range list {
			out.Values = append(out.Values, valueOf(t, item))
		}
		return &fs.Value{ValueType: &fs.Value_ArrayValue{ArrayValue: out}}
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil && raw[0] == '{' {
		for kind, of := range object {
			if v := typedOf(t, kind, of); len(object) == 1 && v != nil {
				return v
			}
		}
		out := map[string]*fs.Value{}
		for name, item := range object {
			out[name] = valueOf(t, item)
		}
		return &fs.Value{ValueType: &fs.Value_MapValue{MapValue: &fs.MapValue{Fields: out}}}
	}
	var text string
	var yes bool
	switch {
	case string(raw) == "null":
		return &fs.Value{ValueType: &fs.Value_NullValue{}}
	case json.Unmarshal(raw, &text) == nil:
		return &fs.Value{ValueType: &fs.Value_StringValue{StringValue: text}}
	case json.Unmarshal(raw, &yes) == nil:
		return &fs.Value{ValueType: &fs.Value_BooleanValue{BooleanValue: yes}}
	case strings.ContainsAny(string(raw), ".e"):
		d, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			t.Fatal(err)
		}
		return &fs.Value{ValueType: &fs.Value_DoubleValue{DoubleValue: d}}
	}
	i, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return &fs.Value{ValueType: &fs.Value_IntegerValue{IntegerValue: i}}
}

// typedOf reads what JSON has no form for; nil if the key is none of such.
func typedOf(t *testing.T, kind string, raw json.RawMessage) *fs.Value {
	t.Helper()
	data := func(b []byte) *fs.Value { return &fs.Value{ValueType: &fs.Value_BytesValue{BytesValue: b}} }
	if kind == "$json" {
		var compact strings.Builder
		e := json.NewEncoder(&compact)
		e.SetEscapeHTML(false)
		if err := e.Encode(raw); err != nil {
			t.Fatal(err)
		}
		return data([]byte(strings.TrimSuffix(compact.String(), "\n")))
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil
	}
	switch kind {
	case "$time":
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return &fs.Value{ValueType: &fs.Value_TimestampValue{TimestampValue: timestamppb.New(at)}}
	case "$reference":
		return &fs.Value{ValueType: &fs.Value_ReferenceValue{ReferenceValue: text}}
	case "$text":
		return data([]byte(text))
	case "$bytes":
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return data(b)
	}
	return nil
}

// TestSearch finds documents and messages by parts of their ids and values, numbers in any spelling, and shows page by page.
func TestSearch(t *testing.T) {
	t.Parallel()
	w, v := told(t)
	for search, want := range map[string]int{
		"": 6, "IRA sample": 1, "+91 90000 00001": 1, "ira@example.test": 1, "811:": 2, "nobody at all": 0,
	} {
		page := v.Documents("customers", search, 1)
		if page.Total != want || len(page.Items) != want || page.Pages != 1 || page.Number != 1 {
			t.Errorf("%q: got %d of %d customers, want %d", search, len(page.Items), page.Total, want)
		}
	}
	topic, page, err := v.Messages("order-events", "NC-20418", "", 1)
	w.Must(err)
	if page.Total < 1 || page.Total >= topic.Kept || topic.Published < 4 || topic.Kept != int(topic.Published) || len(topic.Subscriptions) == 0 || !topic.Subscriptions[0].Pushes {
		t.Errorf("got %d messages of %+v", page.Total, topic)
	}
	if _, _, err = v.Messages("nothing", "", "", 1); err == nil {
		t.Error("a topic is shown that there is not")
	}
	for range 120 {
		_, err = w.Cloud.PubSub().Publish(t.Context(), &pb.PublishRequest{
			Topic: "projects/local/topics/customer-messages", Messages: []*pb.PubsubMessage{{Data: []byte("no JSON, " + said)}, {Data: []byte(`[1796038073]`)}},
		})
		w.Must(err)
	}
	for number, want := range map[int][2]int{-1: {1, 50}, 1: {1, 50}, 4: {4, 50}, 99: {4, 50}} {
		_, page, err = v.Messages("customer-messages", "", "", number)
		w.Must(err)
		if page.Total != cloudview.MaxMessages || page.Pages != 4 || page.Number != want[0] || len(page.Items) != want[1] {
			t.Errorf("page %d: got page %d of %d with %d of %d", number, page.Number, page.Pages, len(page.Items), page.Total)
		}
	}
	if newest := page.Items[0]; strings.Contains(newest.JSON+page.Items[1].JSON, said) || newest.JSON != "[\n  1796038073\n]" {
		t.Errorf("got %s and %s", newest.JSON, page.Items[1].JSON)
	}
}

// TestSecretsAreNamed lists secrets with their versions, and gives the values of one that is asked for.
func TestSecretsAreNamed(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	v := cloudview.New(w.Cloud)
	name := demo.Secrets()[0]
	w.Must(w.Cloud.Secrets().Put(t.Context(), "local", name, "another one"))
	all, err := v.Secrets(t.Context())
	w.Must(err)
	found := false
	for _, s := range all {
		for _, version := range s.Versions {
			if version.Value != "" || s.Shown {
				t.Errorf("%s is shown", s.Name)
			}
		}
		found = found || s.Name == name && len(s.Versions) == 2 && s.Versions[0].Number == "2" && s.Versions[0].State == "enabled"
	}
	if !found {
		t.Errorf("got %+v, want %s with two versions", all, name)
	}
	one, err := v.Secret(t.Context(), name)
	w.Must(err)
	if !one.Shown || one.Versions[0].Value != "another one" || one.Versions[1].Value == "" {
		t.Errorf("got %+v", one)
	}
	if _, err = v.Secret(t.Context(), "none"); err == nil {
		t.Error("a secret is shown that there is not")
	}
}
