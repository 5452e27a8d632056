package main

import (
	"os"

	"github.com/memproof/memproof/variants/internal/gateway"
)

func main() { os.Exit(gateway.Single()) }
