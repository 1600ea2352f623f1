package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// verifyName is the command that runs without any environment.
const verifyName = "verify"

// errVerify says that a file was not read; a fault within it is a *[proof.Error].
var errVerify = errors.New("cannot be read")

// maxKeyFile is how large the file of a public key may be; one has 113 bytes.
const maxKeyFile = 4 << 10

// verify checks a file that proves a consent: its signature, by the key in the file that -key names, else by the key that the file names
// itself; its entries; its roots; and with -roots all of it against a copy of what was published. Nothing of the file is printed unless it has
// no fault.
func (o ops) verify(_ context.Context, name string, _ bool) error {
	var opts proof.Options

	if o.keyFile != "" {
		text, err := o.read(o.keyFile, maxKeyFile)
		if err != nil {
			return err
		}
		if opts.Key, err = proof.ParsePublicPEM(text); err != nil {
			return fmt.Errorf("%s: %w", o.keyFile, err)
		}
	}
	if o.roots != "" {
		if info, err := os.Stat(o.roots); err != nil || !info.IsDir() {
			return fmt.Errorf("%s: %w as a directory", o.roots, errVerify)
		}

		opts.DayFiles = os.DirFS(o.roots)
	}

	text, err := o.read(name, proof.MaxFile)
	if err != nil {
		return err
	}

	result, err := proof.Verify(text, opts)
	if err != nil {
		return fmt.Errorf("%s does not hold: %w", name, err)
	}

	for _, line := range result.Lines() {
		o.say("%s", line)
	}

	return nil
}

// read reads a file, or the standard input where it is named "-". Of one that is larger than the most bytes, one byte more is read, so that
// whoever parses it sees that.
func (o ops) read(name string, most int64) ([]byte, error) {
	in := o.in

	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, errVerify)
		}
		defer func() { _ = f.Close() }()

		in = f
	}

	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, errVerify)
	}

	return text, nil
}

// proofKey prints the public key that proofs are signed with, and its id.
func (o ops) proofKey(ctx context.Context, _ string, _ bool) error {
	key, err := o.publicKey(ctx)
	if err != nil {
		return err
	}

	text, err := proof.PublicPEM(key)
	if err != nil {
		return err
	}

	o.say("key %s, published as %s", proof.KeyID(key), proof.KeyObject(key))
	_, err = o.out.Write(text)

	return err
}

func (o ops) publicKey(ctx context.Context) (ed25519.PublicKey, error) {
	signer, err := wire.Signer(o.secrets, o.own.Proof).Get(ctx)
	if err != nil {
		return nil, err
	}

	return signer.Public(), nil
}
