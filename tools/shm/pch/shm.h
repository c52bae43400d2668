// SPDX-License-Identifier: Apache-2.0
// Compiled once for all of the command: CLI11 takes longer than all the rest. Each file still
// includes what it uses: tools/lint compiles without.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
