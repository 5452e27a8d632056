// Command preload is the command after with the guide's last advice followed: the catalogue is built once, before the first
// worker, and all workers share it.
//
// It differs from the command after in one line. The environment is described in package gateway's Main.
package main
