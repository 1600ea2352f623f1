package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestAListOfTenThousandReadsOnePage holds that the page of an account's messages makes one query, which reads one message more than it shows.
func TestAListOfTenThousandReadsOnePage(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	const all, shown = 10_000, 50
	_, err := w.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: idOf(0), AccountID: "811", OrderID: "5", Event: "shipment/packed", Phase: message.Refused, Reason: message.NotOptedIn,
		CreatedAt: w.Clock.Now(), ExpireAt: w.Clock.Now().AddDate(1, 0, 0),
	}})
	w.Must(err)
	for name, fields := range w.Cloud.Firestore().Documents {
		if strings.Contains(name, "/messages/") {
			w.Must(w.Cloud.Firestore().Seed(copies(name, fields, all)...))
			break
		}
	}

	p := &person{t, w, signIn(t, w, "viewer:811")}
	w.Cloud.Calls().Reset()
	w.Cloud.Calls().Trace(true)
	w.Cloud.Firestore().ResetCounts()
	page := p.page("/accounts/811/stories")
	if rows := strings.Count(page, `<tr id="row-`); rows != shown || !strings.Contains(page, "Older messages") {
		t.Errorf("the page shows %d rows, want %d and a next page", rows, shown)
	}
	queries := 0
	for _, c := range w.Cloud.Calls().Calls() {
		if strings.HasSuffix(c.Method, "/RunQuery") && strings.Contains(fmt.Sprint(c.Names), "messages") {
			queries++
		}
	}
	// Beside the messages the account is read, once for the page and once by the use case.
	if read := w.Cloud.Firestore().Counts().Reads; queries != 1 || read > shown+1+4 {
		t.Errorf("%d queries of messages, and %d documents read in all", queries, read)
	}
}

func idOf(n int) string { return fmt.Sprintf("%032x", n) }

// copies returns documents like one of a message, a second apart.
func copies(name string, fields map[string]*pb.Value, all int) []*pb.Document {
	made := fields["createdAt"].GetTimestampValue().AsTime()
	docs := make([]*pb.Document, 0, all)
	for n := 1; n < all; n++ {
		d := &pb.Document{Name: strings.TrimSuffix(name, idOf(0)) + idOf(n), Fields: map[string]*pb.Value{}, CreateTime: timestamppb.New(made), UpdateTime: timestamppb.New(made)}
		for field, v := range fields {
			d.Fields[field] = proto.CloneOf(v)
		}
		at := d.Fields["createdAt"].GetTimestampValue()
		at.Seconds = made.Add(-time.Duration(n) * time.Second).Unix()
		docs = append(docs, d)
	}

	return docs
}
