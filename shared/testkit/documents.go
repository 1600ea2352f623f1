package testkit

import (
	"context"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// Documents reads and writes the documents of a local cloud as somebody does who may write to the database: past the store, with none of its
// conditions.
type Documents struct {
	tb     testing.TB
	client *firestore.Client
}

// OpenDocuments opens the documents of a local cloud.
func OpenDocuments(tb testing.TB, c *cloud.Cloud) Documents {
	tb.Helper()

	client, err := firestore.NewClient(tb.Context(), Project, c.ClientOptions()...)
	if err != nil {
		tb.Fatalf("open the documents: %v", err)
	}

	AtEnd(tb, func() { _ = client.Close() })

	return Documents{tb, client}
}

// Get returns the fields of a document; nil if there is none.
func (d Documents) Get(ctx context.Context, path string) map[string]any {
	d.tb.Helper()

	snap, err := d.client.Doc(path).Get(ctx)
	if err != nil && (snap == nil || snap.Exists()) {
		d.tb.Fatalf("read %s: %v", path, err)
	}

	return snap.Data()
}

// Put writes a document in the place of what is there; nil fields remove it.
func (d Documents) Put(ctx context.Context, path string, fields map[string]any) {
	d.tb.Helper()

	var err error
	if fields == nil {
		_, err = d.client.Doc(path).Delete(ctx)
	} else {
		_, err = d.client.Doc(path).Set(ctx, fields)
	}

	if err != nil {
		d.tb.Fatalf("write %s: %v", path, err)
	}
}
