// Package archive keeps files that are written once, in a bucket of Cloud Storage; no other package imports its client. What was put
// stays: a name that is taken is never written again, and the bucket of a deployment refuses that too.
package archive

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/storage/v1"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Config says where the bucket is.
type Config struct {
	// Bucket is the bucket's name; without one nothing is published.
	Bucket string `env:"PROOF_BUCKET"`
	// EmulatorHost is the host and port, or the address, of a Cloud Storage without accounts, such as the local cloud; empty means Google's.
	// Google's own clients read the same variable.
	EmulatorHost string `env:"STORAGE_EMULATOR_HOST"`
}

// Options of a [Bucket].
type Options struct {
	Config
	// Timeout limits one call; 0 means 20 s.
	Timeout time.Duration
	// Client makes the calls, for tests; nil is one with the credentials of the machine.
	Client *http.Client
}

// Bucket reads, lists and adds files. It connects at the first call, so that a process starts fast. It is safe for concurrent use.
type Bucket struct {
	o Options

	// dialling guards service only: making one may wait for the machine's credentials.
	dialling sync.Mutex
	service  *storage.Service
}

// New returns a Bucket. It does not connect.
func New(o Options) *Bucket {
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}

	return &Bucket{o: o}
}

// Named reports whether there is a bucket at all.
func (b *Bucket) Named() bool { return b.o.Bucket != "" }

// ErrDiffers means that a name is taken by another content.
var ErrDiffers = errors.New("the name is taken by another content")

// Put adds a file. One of that name with the same content is fine, so that a call whose answer was lost can be repeated; with another content it
// is [ErrDiffers].
func (b *Bucket) Put(ctx context.Context, name, contentType string, data []byte) error {
	const op = "archive.Put"

	ctx, cancel := context.WithTimeout(ctx, b.o.Timeout)
	defer cancel()

	s, err := b.connect(ctx)
	if err != nil {
		return wrap(op, err)
	}

	sum := binary.BigEndian.AppendUint32(nil, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
	object := &storage.Object{Name: name, ContentType: contentType, Crc32c: base64.StdEncoding.EncodeToString(sum)}

	_, err = s.Objects.Insert(b.o.Bucket, object).IfGenerationMatch(0).
		Media(bytes.NewReader(data), googleapi.ContentType(contentType), googleapi.ChunkSize(0)).Context(ctx).Do()
	if refused, ok := errors.AsType[*googleapi.Error](err); !ok || refused.Code != http.StatusPreconditionFailed {
		return wrap(op, err)
	}

	there, err := b.Get(ctx, name, int64(len(data)))
	if err == nil && bytes.Equal(there, data) {
		return nil
	}
	if err == nil || fault.Is(err, fault.TooLarge) {
		return fault.Wrap(fault.Conflict, op, ErrDiffers)
	}

	return err
}

// Get reads a file of at most some bytes. It is NotFound if there is none of that name, and TooLarge if it has more.
func (b *Bucket) Get(ctx context.Context, name string, most int64) ([]byte, error) {
	const op = "archive.Get"

	ctx, cancel := context.WithTimeout(ctx, b.o.Timeout)
	defer cancel()

	s, err := b.connect(ctx)
	if err != nil {
		return nil, wrap(op, err)
	}

	answer, err := s.Objects.Get(b.o.Bucket, name).Context(ctx).Download()
	if err != nil {
		return nil, wrap(op, err)
	}

	data, err := io.ReadAll(io.LimitReader(answer.Body, most+1))
	if closed := answer.Body.Close(); err == nil {
		err = closed
	}
	if err == nil && int64(len(data)) > most {
		return nil, fault.New(fault.TooLarge, op, "the file is larger than it may be")
	}

	return data, wrap(op, err)
}

// List returns the names of at most some files that begin with a prefix, in their order, from a name on, whether there is a file of that name or
// not; empty is from the first.
func (b *Bucket) List(ctx context.Context, prefix, from string, most int64) ([]string, error) {
	const op = "archive.List"

	ctx, cancel := context.WithTimeout(ctx, b.o.Timeout)
	defer cancel()

	s, err := b.connect(ctx)
	if err != nil {
		return nil, wrap(op, err)
	}

	page, err := s.Objects.List(b.o.Bucket).Prefix(prefix).StartOffset(from).MaxResults(most).Fields("items(name)").Context(ctx).Do()
	if err != nil {
		return nil, wrap(op, err)
	}

	names := make([]string, len(page.Items))
	for i, object := range page.Items {
		names[i] = object.Name
	}

	return names, nil
}

// connect returns the service, and makes it at the first call.
func (b *Bucket) connect(ctx context.Context) (*storage.Service, error) {
	b.dialling.Lock()
	defer b.dialling.Unlock()

	if b.service != nil {
		return b.service, nil
	}

	options := []option.ClientOption{option.WithScopes(storage.DevstorageReadWriteScope), option.WithTelemetryDisabled()}
	if host := b.o.EmulatorHost; host != "" {
		if !strings.Contains(host, "://") {
			host = "http://" + host
		}

		options = []option.ClientOption{option.WithEndpoint(strings.TrimSuffix(host, "/") + "/storage/v1/"), option.WithoutAuthentication()}
	}
	if b.o.Client != nil {
		options = append(options, option.WithHTTPClient(b.o.Client))
	}

	// The credentials outlive the call that asks for them first.
	s, err := storage.NewService(context.WithoutCancel(ctx), options...)
	if err == nil {
		b.service = s
	}

	return s, err
}

// wrap gives an error of a call its kind. A refusal of our own request or identity is Internal: the caller can do nothing about it.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fault.Wrap(fault.KindOf(err), op, err)
	}

	refused, ok := errors.AsType[*googleapi.Error](err)

	switch {
	case !ok, refused.Code == http.StatusTooManyRequests, refused.Code == http.StatusRequestTimeout, refused.Code >= http.StatusInternalServerError:
		return fault.Wrap(fault.Unavailable, op, err)
	case refused.Code == http.StatusNotFound:
		return fault.Wrap(fault.NotFound, op, err)
	default:
		return fault.Wrap(fault.Internal, op, err)
	}
}
