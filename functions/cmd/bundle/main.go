// Bundle packs functions for deployment: one zip a function, as the functions buildpack for Go wants it.
//
//	bundle [-out DIR] [NAME...]   writes DIR/NAME.zip of all functions, or of those named
//	bundle -describe              prints what terraform/functions.json has to hold
//
// A zip holds the packages that its function imports, without their tests, the module's go.mod and go.sum, and at its root one package that
// imports the function: the buildpack builds the root of what is uploaded, and takes exactly one package there. The same source gives the same
// bytes, so that a name made of the zip's hash changes with the function alone.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)

	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bundle", flag.ContinueOnError)
	dir := flags.String("out", "build/bundles", "the directory of the zips")
	describe := flags.Bool("describe", false, "print the description of all functions for Terraform instead")

	if err := flags.Parse(args); err != nil {
		return err
	}

	if *describe {
		text, err := Describe()
		if err != nil {
			return err
		}

		_, err = out.Write(text)

		return err
	}

	tree, err := Open(ctx, ".")
	if err != nil {
		return err
	}

	names := flags.Args()
	if len(names) == 0 {
		names = tree.Functions
	}

	if err = os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}

	for _, name := range names {
		if !slices.Contains(tree.Functions, name) {
			return fmt.Errorf("there is no function %q: %s", name, strings.Join(tree.Functions, ", "))
		}

		data, err := tree.Pack(ctx, name)
		if err != nil {
			return fmt.Errorf("function %s: %w", name, err)
		}

		path := filepath.Join(*dir, name+".zip")
		if err = os.WriteFile(path, data, 0o600); err != nil {
			return err
		}

		if _, err = fmt.Fprintf(out, "%s %d bytes, SHA-256 %x\n", path, len(data), sha256.Sum256(data)); err != nil {
			return err
		}
	}

	return nil
}
