// Package packed checks what is deployed: the zips that bundle packs. It builds each as the functions buildpack for Go would, starts what
// came of it, and has all eight functions, as processes, tell the story of README.md against the local cloud. It has only tests, which run
// when they are asked for: make bundle-check.
package packed
