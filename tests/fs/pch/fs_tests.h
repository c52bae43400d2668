// SPDX-License-Identifier: Apache-2.0
// Compiled once for all of the tests. Each still includes what it uses: tools/lint compiles
// without.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <expected>
#include <functional>
#include <string>
#include <vector>
