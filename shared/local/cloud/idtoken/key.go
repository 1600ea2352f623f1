package idtoken

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

const keyBits = 2048

// Shared returns the key of this process, which is made at the first call. To make one takes a tenth of a second and more, so
// the clouds that keep no state share it.
var Shared = sync.OnceValue(generate)

func generate() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		panic(err) // the machine's randomness never fails
	}
	return key
}

const pemType = "PRIVATE KEY"

// Load returns the key that is kept in the file, which is made if it is missing: functions that have fetched the public key
// go on when the cloud is started again, as they do beside Google's.
func Load(path string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(path) //nolint:gosec // G304: the directory is that of the person who runs the cloud
	if errors.Is(err, fs.ErrNotExist) {
		return create(path)
	}
	if err != nil {
		return nil, err
	}

	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("%s holds no private key", path)
	}

	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}

	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds no RSA key", path)
	}

	return key, nil
}

// create writes the file beside its place first, so that a process that dies leaves none that is cut.
func create(path string) (*rsa.PrivateKey, error) {
	key := generate()

	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}

	beside := path + ".new"
	if err := os.WriteFile(beside, pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), 0o600); err != nil {
		return nil, err
	}

	return key, os.Rename(beside, path)
}
