package cloud

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/idtoken"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/journal"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/pubsub"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/secretmanager"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/storage"
)

// The service byte of a journal record.
const (
	firestoreByte = 'G'
	wholeByte     = 'F' // Firestore's as earlier versions wrote it, which do not know updates of some fields and must not misread them
	pubsubByte    = 'P'
	secretByte    = 'S'
)

const (
	journalName     = "cloud.journal"
	keyName         = "signing-key.pem"
	storageName     = "storage" // the directory with one for each bucket
	compactAt       = 1 << 20   // below that garbage does not matter
	garbageFraction = 2         // compact when the file is more than so many times what is alive
)

// open makes the services and replays the journal into them.
func (c *Cloud) open(o Options) error {
	var indexes firestore.Options
	if o.Indexes != nil {
		parsed, err := firestore.ParseIndexes(o.Indexes)
		if err != nil {
			return err
		}

		indexes.Indexes = parsed
	}

	path, buckets := "", ""
	if o.Path != "" {
		if err := os.MkdirAll(o.Path, 0o700); err != nil {
			return err
		}

		path = filepath.Join(o.Path, journalName)
		buckets = filepath.Join(o.Path, storageName)
		if err := refuseEmptied(path, filepath.Join(o.Path, keyName)); err != nil {
			return err
		}
	}

	j, err := journal.Open(path)
	if err != nil {
		return err
	}

	if cut := j.Cut(); cut.Bytes > 0 {
		c.logger.Warn("the journal had a torn end, which was cut off",
			"cut_bytes", cut.Bytes,
			"left_bytes", cut.At,
			"kept_in", cut.Kept)
	}

	if err = c.openKey(o.Path); err != nil {
		return errors.Join(err, j.Close())
	}

	c.journal = j
	indexes.Clock, indexes.EnforceIndexes, indexes.Queries = c.clock, o.EnforceIndexes, o.Queries
	ps := pubsub.Options{
		Clock:   c.clock,
		Workers: o.Workers,
		Logger:  c.logger,
		Sign:    c.tokens.Token,
	}
	sm := secretmanager.Options{Clock: c.clock}
	if path != "" {
		indexes.Journal, ps.Journal, sm.Journal = j.Service(firestoreByte), j.Service(pubsubByte), j.Service(secretByte)
	}

	if c.firestore, err = firestore.New(indexes); err != nil {
		return errors.Join(err, j.Close())
	}

	c.pubsub, c.secrets, c.storage = pubsub.New(ps), secretmanager.New(sm), storage.New(buckets)
	if err = j.Replay(c.replay); err != nil {
		return errors.Join(err, j.Close())
	}

	return nil
}

// refuseEmptied returns journal.ErrCorrupt for a journal without a byte beside a key: something has emptied it, and taken for a new
// one it would hide that the state is lost. A first start makes the key only after the journal's beginning is written, so that one
// that was killed in between leaves no key, and is no false alarm. Of a journal that is not there nothing is said: a person who
// removes it wants a new one.
func refuseEmptied(journalPath, keyPath string) error {
	info, err := os.Stat(journalPath)
	if err != nil || info.Size() > 0 {
		return nil //nolint:nilerr // what cannot be opened either is told when it is opened
	}
	if _, err = os.Stat(keyPath); err != nil {
		return nil //nolint:nilerr // without a key it is a first start
	}

	return fmt.Errorf("%w: it is empty, and the key beside it says that it was in use", journal.ErrCorrupt)
}

// openKey makes the signer of tokens, with the key that is kept in the directory; without one the process has a key, which is
// made when it is first needed.
func (c *Cloud) openKey(dir string) error {
	key := idtoken.Shared
	if dir != "" {
		kept, err := idtoken.Load(filepath.Join(dir, keyName))
		if err != nil {
			return err
		}

		key = func() *rsa.PrivateKey { return kept }
	}

	c.tokens = idtoken.New(c.clock, key)

	return nil
}

var errService = errors.New("journal record of an unknown service")

func (c *Cloud) replay(rec []byte) error {
	switch rec[0] {
	case firestoreByte, wholeByte:
		return c.firestore.Replay(rec[1:])
	case pubsubByte:
		return c.pubsub.Replay(rec[1:])
	case secretByte:
		return c.secrets.Replay(rec[1:])
	}

	return errService
}

// snapshot emits the records of all services.
func (c *Cloud) snapshot(emit func(rec []byte) error) error {
	var buf []byte
	for _, s := range []struct {
		prefix byte
		emit   func(func([]byte) error) error
	}{{firestoreByte, c.firestore.Snapshot}, {pubsubByte, c.pubsub.Snapshot}, {secretByte, c.secrets.Snapshot}} {
		err := s.emit(func(rec []byte) error {
			buf = append(append(buf[:0], s.prefix), rec...)
			return emit(buf)
		})
		if err != nil {
			return err
		}
	}

	return nil
}

// compactIfGarbage compacts a journal that is mostly garbage.
func (c *Cloud) compactIfGarbage() error {
	size := c.journal.Stats().Size
	if size < max(compactAt, c.alive*garbageFraction) {
		return nil
	}

	c.alive = 0
	err := c.snapshot(func(rec []byte) error { c.alive += int64(len(rec)); return nil })
	if err != nil || size < c.alive*garbageFraction {
		return err
	}

	return c.compact()
}

// compact rewrites the journal so that it holds only what is alive.
func (c *Cloud) compact() error { return c.journal.Compact(c.snapshot) }
